with raw_tags as (

    select * from {{ source('movielens', 'raw_tags') }}

)

select
    userid as user_id,
    movieid as movie_id,
    tag,
    -- Without a zone, in UTC: a zoned type would show by the session's zone, which on Snowflake is not UTC.
    to_timestamp_ntz(timestamp) as tag_timestamp
from raw_tags
