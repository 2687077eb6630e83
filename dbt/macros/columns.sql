{# What the tables hold: a setting may have left columns out. No names: there is no table, or nobody looks yet. #}

{% macro column_names(relation) %}
    {% set names = [] %}
    {% if execute %}
        {% for column in adapter.get_columns_in_relation(relation) %}
            {% do names.append(column.name | lower) %}
        {% endfor %}
    {% endif %}
    {{ return(names) }}
{% endmacro %}

{% macro if_there(relation, columns) %}
    {#- Columns by name and type, null where the setting `columns` of the table left them out. -#}
    {%- set there = tiktok_ads.column_names(relation) -%}
    {%- for name, type in columns.items() %}
    {% if name in there or not there %}{{ name }}{% else %}cast(null as {{ type }}) as {{ name }}{% endif %}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro refuse_our_schema() %}
    {#- A table of somebody else's in our schema would make the next sync stop. -#}
    {%- if execute and this.schema == var('tiktok_ads_schema')
        and this.database == (var('tiktok_ads_database') or target.database) -%}
        {{ exceptions.raise_compiler_error(
            "Models must not stand in " ~ this.schema ~ ", which belongs to tiktok-ads."
            ~ " Give the target or these models another schema."
        ) }}
    {%- endif -%}
{% endmacro %}
