with movie_stats as (

    select * from {{ ref('int_movie_rating_tag_stats') }}

),

category_rules as (

    select * from {{ ref('recommendation_categories') }}

),

matching_rules as (

    select
        movie_stats.movie_id,
        movie_stats.rating_count,
        movie_stats.avg_rating,
        category_rules.category,
        category_rules.priority
    from movie_stats
    cross join category_rules
    where movie_stats.rating_count >= category_rules.min_ratings
      and movie_stats.avg_rating >= category_rules.avg_rating_threshold

)

-- The bounds of the rules overlap on purpose: a movie takes the matching rule of the highest priority.
select
    movie_id,
    rating_count,
    avg_rating,
    category as recommendation_category
from matching_rules
qualify row_number() over (
    partition by movie_id
    order by priority desc, category
) = 1
