{# Fails for each combination of these columns that stands in more than one row; a blank equals itself. #}
{% test tiktok_ads_one_row_each(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
