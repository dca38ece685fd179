with recommended_movies as (

    select * from {{ ref('int_movie_recommendation') }}

),

movie_details as (

    select * from {{ ref('int_movie_details') }}

)

select
    movie_details.movie_id,
    movie_details.title,
    movie_details.genres_string,
    recommended_movies.rating_count,
    recommended_movies.avg_rating,
    recommended_movies.recommendation_category
from recommended_movies
inner join movie_details
    on recommended_movies.movie_id = movie_details.movie_id
