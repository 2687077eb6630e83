{%- set held = source('tiktok_ads', 'campaigns') -%}
select
    advertiser_id,
    campaign_id,
    {{- tiktok_ads.if_there(held, {
        'campaign_name': 'varchar', 'objective_type': 'varchar', 'operation_status': 'varchar',
        'secondary_status': 'varchar', 'create_time': 'timestamp', 'modify_time': 'timestamp'
    }) }},
    is_deleted,
    _deleted_at,
    _synced_at
from {{ held }}
