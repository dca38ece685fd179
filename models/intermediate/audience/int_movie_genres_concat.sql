with movies as (

    select * from {{ ref('src_movies') }}

),

genre_rows as (

    select
        movies.movie_id,
        trim(cast(genre_parts.value as varchar)) as genre_name
    from movies,
        lateral flatten(input => split(movies.genres, '|')) as genre_parts

)

-- Alphabetical, so that 'Comedy|Drama' and 'Drama|Comedy' are one group to a report.
select
    movie_id,
    listagg(distinct genre_name, ', ') within group (order by genre_name) as genres_string
from genre_rows
group by movie_id
