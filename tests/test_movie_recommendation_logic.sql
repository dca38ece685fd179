-- Returns each recommended movie whose category does not follow from the rules of the seed.

with recommendations as (

    select * from {{ ref('int_movie_recommendation') }}

),

category_rules as (

    select * from {{ ref('recommendation_categories') }}

),

judged_movies as (

    select
        recommendations.movie_id,
        recommendations.recommendation_category,
        recommendations.rating_count,
        recommendations.avg_rating,
        given_rule.category as known_category,
        given_rule.priority as given_priority,
        given_rule.min_ratings,
        given_rule.avg_rating_threshold
    from recommendations
    left join category_rules as given_rule
        on recommendations.recommendation_category = given_rule.category

),

-- The best rule that each movie satisfies, found anew from the figures alone.
best_matches as (

    select
        judged_movies.movie_id,
        max(category_rules.priority) as best_priority
    from judged_movies
    inner join category_rules
        on judged_movies.rating_count >= category_rules.min_ratings
        and judged_movies.avg_rating >= category_rules.avg_rating_threshold
    group by judged_movies.movie_id

)

select
    judged_movies.movie_id,
    judged_movies.recommendation_category,
    judged_movies.rating_count,
    judged_movies.avg_rating,
    case
        when judged_movies.known_category is null then 'no such category in the seed'
        when judged_movies.rating_count < judged_movies.min_ratings then 'too few ratings for the category'
        when judged_movies.avg_rating < judged_movies.avg_rating_threshold then 'rated too low for the category'
        else 'a rule of higher priority matches'
    end as reason
from judged_movies
left join best_matches
    on judged_movies.movie_id = best_matches.movie_id
where judged_movies.known_category is null
   or judged_movies.rating_count < judged_movies.min_ratings
   or judged_movies.avg_rating < judged_movies.avg_rating_threshold
   or judged_movies.given_priority < best_matches.best_priority
