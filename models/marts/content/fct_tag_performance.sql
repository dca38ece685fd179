with movie_tags as (

    select * from {{ ref('int_tag_movie_link') }}

),

movie_stats as (

    select * from {{ ref('int_movie_rating_tag_stats') }}

),

tag_totals as (

    select
        movie_tags.tag_id,
        movie_tags.tag,
        count(distinct movie_tags.movie_id) as movies_with_tag,
        sum(movie_stats.rating_count) as total_ratings_on_tagged_movies,
        {{ weighted_avg('movie_stats.avg_rating', 'movie_stats.rating_count') }} as weighted_avg_rating
    from movie_tags
    inner join movie_stats
        on movie_tags.movie_id = movie_stats.movie_id
    group by
        movie_tags.tag_id,
        movie_tags.tag

)

select
    tag_id,
    tag,
    movies_with_tag,
    total_ratings_on_tagged_movies,
    weighted_avg_rating
from tag_totals
where movies_with_tag >= {{ var('min_tag_movies') }}
order by
    weighted_avg_rating desc,
    tag_id
