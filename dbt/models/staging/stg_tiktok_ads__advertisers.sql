{%- set held = source('tiktok_ads', 'advertisers') -%}
select
    advertiser_id,
    name as advertiser_name,
    currency,
    display_timezone as timezone,
    {{- tiktok_ads.if_there(held, {
        'country': 'varchar', 'status': 'varchar', 'balance': 'decimal(18, 6)', 'create_time': 'timestamp'
    }) }},
    _synced_at
from {{ held }}
