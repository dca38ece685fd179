-- A table, because five models read it and the view would convert and filter every raw rating each time.
{{ config(materialized='table') }}

with raw_ratings as (

    select * from {{ source('movielens', 'raw_ratings') }}

),

timed_ratings as (

    select
        userid as user_id,
        movieid as movie_id,
        rating,
        -- Without a zone, in UTC: a zoned type would show, and be cut at the start date, by the session's zone.
        to_timestamp_ntz(timestamp) as rating_timestamp
    from raw_ratings

)

select
    user_id,
    movie_id,
    rating,
    rating_timestamp
from timed_ratings
where rating_timestamp >= cast('{{ var("ratings_start_date") }}' as timestamp)
