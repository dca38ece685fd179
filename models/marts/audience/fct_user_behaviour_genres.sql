{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='rating_id',
        on_schema_change='append_new_columns'
    )
}}

with new_ratings as (

    select * from {{ ref('src_ratings') }}
    {% if is_incremental() %}
    -- The last stored second is taken again, since a load may have cut it in two. The key keeps it from doubling.
    where rating_timestamp >= (
        select coalesce(max(rating_timestamp), cast('1900-01-01' as timestamp)) from {{ this }}
    )
    {% endif %}

),

user_profiles as (

    select * from {{ ref('int_user_profiles') }}

),

-- A rating has the genres of its movie, so numbering them once a movie numbers them for every rating,
-- at a fraction of the cost of a window over the joined rows.
numbered_genres as (

    select
        movie_id,
        genre_name,
        row_number() over (
            partition by movie_id
            order by genre_name
        ) as genre_number
    from {{ ref('int_movie_genres') }}

)

select
    {{ surrogate_key([
        'new_ratings.user_id',
        'new_ratings.movie_id',
        'new_ratings.rating_timestamp',
        'numbered_genres.genre_name',
        'numbered_genres.genre_number',
    ]) }} as rating_id,
    new_ratings.user_id,
    new_ratings.movie_id,
    new_ratings.rating,
    numbered_genres.genre_name,
    new_ratings.rating_timestamp,
    user_profiles.engagement_level,
    user_profiles.total_ratings as user_total_ratings,
    user_profiles.overall_avg_rating as user_overall_avg_rating,
    year(new_ratings.rating_timestamp) as rated_year,
    month(new_ratings.rating_timestamp) as rated_month,
    day(new_ratings.rating_timestamp) as rated_day_of_month,
    -- From 0 for Sunday. Snowflake's own dayofweek follows the session's WEEK_START; the ISO number does not.
    mod(dayofweekiso(new_ratings.rating_timestamp), 7) as rated_day_of_week
from new_ratings
inner join numbered_genres
    on new_ratings.movie_id = numbered_genres.movie_id
left join user_profiles
    on new_ratings.user_id = user_profiles.user_id
