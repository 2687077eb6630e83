{%- set held = source('tiktok_ads', 'ads') -%}
select
    advertiser_id,
    ad_id,
    {{- tiktok_ads.if_there(held, {
        'campaign_id': 'varchar', 'adgroup_id': 'varchar', 'ad_name': 'varchar', 'operation_status': 'varchar',
        'secondary_status': 'varchar', 'ad_format': 'varchar', 'landing_page_url': 'varchar',
        'create_time': 'timestamp', 'modify_time': 'timestamp'
    }) }},
    is_deleted,
    _deleted_at,
    _synced_at
from {{ held }}
