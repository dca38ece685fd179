{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['user_id', 'rating_date']
    )
}}

with dated_ratings as (

    select
        user_id,
        cast(rating_timestamp as date) as rating_date,
        rating
    from {{ ref('src_ratings') }}

)

select
    user_id,
    rating_date,
    count(*) as daily_ratings_count,
    avg(rating) as daily_avg_rating
from dated_ratings
{% if is_incremental() %}
-- The last stored day is taken again: it may have been loaded before it was over.
where rating_date >= (select coalesce(max(rating_date), cast('1900-01-01' as date)) from {{ this }})
{% endif %}
group by
    user_id,
    rating_date
