{# Fails for each advertiser, day and currency (or other columns) whose totals differ between two relations.
   Nothing may be lost or doubled on the way from one level to the next. #}
{% test tiktok_ads_sums_agree(model, with, by=['advertiser_id', 'stat_time_day', 'currency']) %}
{%- set metrics = tiktok_ads.metrics() %}
with ours as (
    select {{ by | join(', ') }}
        {%- for metric in metrics %}, sum({{ metric }}) as {{ metric }}{% endfor %}
    from {{ model }}
    group by {{ by | join(', ') }}
),

theirs as (
    select {{ by | join(', ') }}
        {%- for metric in metrics %}, sum({{ metric }}) as {{ metric }}{% endfor %}
    from {{ with }}
    group by {{ by | join(', ') }}
),

-- Not a join: a day that one of the two lacks must show, and a blank equals itself.
different as (
    (select * from ours except select * from theirs)
    union all
    (select * from theirs except select * from ours)
)

select * from different
{% endtest %}
