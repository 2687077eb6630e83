{%- set held = source('tiktok_ads', 'adgroups') -%}
select
    advertiser_id,
    adgroup_id,
    {{- tiktok_ads.if_there(held, {
        'campaign_id': 'varchar', 'adgroup_name': 'varchar', 'operation_status': 'varchar',
        'secondary_status': 'varchar', 'optimization_goal': 'varchar',
        'create_time': 'timestamp', 'modify_time': 'timestamp'
    }) }},
    is_deleted,
    _deleted_at,
    _synced_at
from {{ held }}
