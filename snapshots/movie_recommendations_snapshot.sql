{% snapshot movie_recommendations_snapshot %}

{{
    config(
        target_schema='snapshots',
        unique_key='movie_id',
        strategy='check',
        check_cols=['recommendation_category'],
        hard_deletes='invalidate'
    )
}}

-- Only the category is followed: counts and averages move with every load and would open a version each time.
select
    movie_id,
    recommendation_category
from {{ ref('fct_movie_recommendations') }}

{% endsnapshot %}
