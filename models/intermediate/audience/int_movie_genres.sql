with movies as (

    select * from {{ ref('src_movies') }}

)

-- Distinct, so that a genre listed twice for a movie does not count its ratings twice.
select distinct
    movies.movie_id,
    trim(cast(genre_parts.value as varchar)) as genre_name
from movies,
    lateral flatten(input => split(movies.genres, '|')) as genre_parts
