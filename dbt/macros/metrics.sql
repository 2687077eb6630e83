{# Which metrics the models carry, and how they are added up. #}

{% macro metrics() %}
    {{ return(['spend', 'impressions', 'clicks', 'conversion'] + tiktok_ads.further_metrics()) }}
{% endmacro %}

{% macro further_metrics() %}
    {# A variable of the project that installs us may name one of the four again. #}
    {{ return(
        var('tiktok_ads_metrics') | reject('in', ['spend', 'impressions', 'clicks', 'conversion']) | unique | list
    ) }}
{% endmacro %}

{% macro plain_metrics(relation) %}
    {#- The metrics of a report as they are. One that nobody asked for is an error; a missing table says so itself. -#}
    {%- set there = tiktok_ads.column_names(relation) -%}
    {%- for metric in tiktok_ads.metrics() %}
        {%- if there and metric not in there -%}
            {{ exceptions.raise_compiler_error(
                relation ~ " has no metric " ~ metric ~ ". Add it to extra_metrics of that table and run"
                ~ " `tiktok-ads backfill`, or take it out of the variable tiktok_ads_metrics."
            ) }}
        {%- endif %}
    {{ metric }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro summed_metrics(relation) %}
    {#- The metrics added up. Counts stay whole numbers: a sum of them is wider than any tool expects. -#}
    {%- set whole = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) if column.is_integer() -%}
            {%- do whole.append(column.name | lower) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for metric in tiktok_ads.metrics() %}
    {% if metric in whole %}cast(sum({{ metric }}) as bigint){% else %}sum({{ metric }}){% endif %} as {{ metric }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro ratios() %}
    {#- What must not be added up, reckoned from sums: null where there is nothing to divide by. -#}
    100.0 * clicks / nullif(impressions, 0) as ctr,
    spend / nullif(clicks, 0) as cpc,
    1000 * spend / nullif(impressions, 0) as cpm,
    spend / nullif(conversion, 0) as cost_per_conversion
{%- endmacro %}
