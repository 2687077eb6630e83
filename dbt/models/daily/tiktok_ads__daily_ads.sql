{{- tiktok_ads.refuse_our_schema() -}}
with rows_of_ads as (
    select
        reported.stat_time_day,
        reported.advertiser_id,
        reported.campaign_id,
        reported.adgroup_id,
        reported.ad_id,
        reported.currency,
        advertisers.timezone,
        advertisers.advertiser_name,
        -- What it is called now; what it was called then, where no list has it.
        coalesce(campaigns.campaign_name, reported.campaign_name) as campaign_name,
        coalesce(adgroups.adgroup_name, reported.adgroup_name) as adgroup_name,
        coalesce(ads.ad_name, reported.ad_name) as ad_name,
        ads.ad_id is not null as is_listed,
        ads.is_deleted,
        {%- for metric in tiktok_ads.metrics() %}
        reported.{{ metric }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_tiktok_ads__ad_insights') }} as reported
    left join {{ ref('stg_tiktok_ads__advertisers') }} as advertisers
        on reported.advertiser_id = advertisers.advertiser_id
    left join {{ ref('stg_tiktok_ads__campaigns') }} as campaigns
        on reported.advertiser_id = campaigns.advertiser_id and reported.campaign_id = campaigns.campaign_id
    left join {{ ref('stg_tiktok_ads__adgroups') }} as adgroups
        on reported.advertiser_id = adgroups.advertiser_id and reported.adgroup_id = adgroups.adgroup_id
    left join {{ ref('stg_tiktok_ads__ads') }} as ads
        on reported.advertiser_id = ads.advertiser_id and reported.ad_id = ads.ad_id
)

select
    *,
    {{ tiktok_ads.ratios() }}
from rows_of_ads
