with raw_links as (

    select * from {{ source('movielens', 'raw_links') }}

)

select
    movieid as movie_id,
    -- IMDb pads to seven digits, and newer titles have eight. The zeros are lost where the raw column is a number.
    case
        when length(cast(imdbid as varchar)) < 7 then right('0000000' || cast(imdbid as varchar), 7)
        else cast(imdbid as varchar)
    end as imdb_id,
    tmdbid as tmdb_id
from raw_links
