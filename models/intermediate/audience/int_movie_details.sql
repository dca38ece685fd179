-- Ephemeral: a join of two columns that its readers can absorb, not worth a table of its own.
{{ config(materialized='ephemeral') }}

with movies as (

    select * from {{ ref('src_movies') }}

),

grouped_genres as (

    select * from {{ ref('int_movie_genres_concat') }}

)

select
    movies.movie_id,
    movies.title,
    grouped_genres.genres_string
from movies
inner join grouped_genres
    on movies.movie_id = grouped_genres.movie_id
