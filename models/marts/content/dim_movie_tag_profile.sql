with movie_tags as (

    select * from {{ ref('int_tag_movie_link') }}

),

movies as (

    select * from {{ ref('src_movies') }}

)

select
    movies.movie_id,
    movies.title,
    {{ join_rows('movie_tags.tag', order_by='movie_tags.relevance desc, movie_tags.tag_id') }} as top_tags_list
from movie_tags
inner join movies
    on movie_tags.movie_id = movies.movie_id
group by
    movies.movie_id,
    movies.title
