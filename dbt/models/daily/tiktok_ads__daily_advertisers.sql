{{- tiktok_ads.refuse_our_schema() -}}
{%- set ads = ref('tiktok_ads__daily_ads') -%}
with sums as (
    select
        stat_time_day,
        advertiser_id,
        currency,
        max(timezone) as timezone,
        max(advertiser_name) as advertiser_name,
        count(*) as ads_with_rows,
        {{- tiktok_ads.summed_metrics(ads) }}
    from {{ ads }}
    group by stat_time_day, advertiser_id, currency
)

select
    *,
    {{ tiktok_ads.ratios() }}
from sums
