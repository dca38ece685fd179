with raw_tags as (

    select * from {{ source('movielens', 'raw_tags') }}

)

select
    userid as user_id,
    movieid as movie_id,
    tag,
    {{ epoch_to_timestamp('timestamp') }} as tag_timestamp
from raw_tags
