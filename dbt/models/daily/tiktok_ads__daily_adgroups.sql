{{- tiktok_ads.refuse_our_schema() -}}
{%- set ads = ref('tiktok_ads__daily_ads') -%}
with sums as (
    select
        stat_time_day,
        advertiser_id,
        campaign_id,
        adgroup_id,
        currency,
        max(timezone) as timezone,
        max(advertiser_name) as advertiser_name,
        max(campaign_name) as campaign_name,
        max(adgroup_name) as adgroup_name,
        count(*) as ads_with_rows,
        {{- tiktok_ads.summed_metrics(ads) }}
    from {{ ads }}
    group by stat_time_day, advertiser_id, campaign_id, adgroup_id, currency
)

select
    sums.*,
    adgroups.adgroup_id is not null as is_listed,
    adgroups.is_deleted,
    {{ tiktok_ads.ratios() }}
from sums
left join {{ ref('stg_tiktok_ads__adgroups') }} as adgroups
    on sums.advertiser_id = adgroups.advertiser_id and sums.adgroup_id = adgroups.adgroup_id
