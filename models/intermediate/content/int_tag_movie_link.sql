with top_tags as (

    select * from {{ ref('int_movie_top_tags') }}

),

well_rated_movies as (

    select movie_id
    from {{ ref('int_movie_rating_tag_stats') }}
    where rating_count >= {{ var('min_movie_ratings') }}

)

select distinct
    top_tags.movie_id,
    top_tags.tag_id,
    top_tags.tag,
    top_tags.relevance
from top_tags
inner join well_rated_movies
    on top_tags.movie_id = well_rated_movies.movie_id
