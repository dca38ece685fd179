with movie_tags as (

    select * from {{ ref('int_tag_movie_link') }}

),

movies as (

    select * from {{ ref('src_movies') }}

)

select
    movies.movie_id,
    movies.title,
    listagg(movie_tags.tag, ', ') within group (
        order by movie_tags.relevance desc, movie_tags.tag_id
    ) as top_tags_list
from movie_tags
inner join movies
    on movie_tags.movie_id = movies.movie_id
group by
    movies.movie_id,
    movies.title
