{%- set held = source('tiktok_ads', 'ad_insights') -%}
with reported as (
    select
        advertiser_id,
        campaign_id,
        adgroup_id,
        ad_id,
        stat_time_day,
        {{- tiktok_ads.if_there(held, {
            'campaign_name': 'varchar', 'adgroup_name': 'varchar', 'ad_name': 'varchar', 'currency': 'varchar'
        }) }},
        {{- tiktok_ads.plain_metrics(held) }},
        _synced_at
    from {{ held }}
)

select
    reported.advertiser_id,
    -- An asynchronous report leaves parents blank; the lists of ads and ad groups know them.
    coalesce(reported.campaign_id, ads.campaign_id, adgroups.campaign_id) as campaign_id,
    coalesce(reported.adgroup_id, ads.adgroup_id) as adgroup_id,
    reported.ad_id,
    reported.stat_time_day,
    reported.campaign_name,
    reported.adgroup_name,
    reported.ad_name,
    coalesce(reported.currency, advertisers.currency) as currency,
    {%- for metric in tiktok_ads.metrics() %}
    reported.{{ metric }},
    {%- endfor %}
    reported._synced_at
from reported
left join {{ ref('stg_tiktok_ads__advertisers') }} as advertisers
    on reported.advertiser_id = advertisers.advertiser_id
left join {{ ref('stg_tiktok_ads__ads') }} as ads
    on reported.advertiser_id = ads.advertiser_id and reported.ad_id = ads.ad_id
left join {{ ref('stg_tiktok_ads__adgroups') }} as adgroups
    on reported.advertiser_id = adgroups.advertiser_id
        and coalesce(reported.adgroup_id, ads.adgroup_id) = adgroups.adgroup_id
