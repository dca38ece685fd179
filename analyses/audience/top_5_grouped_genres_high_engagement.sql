-- The same question for whole genre combinations, so that each rating counts once.

select
    genres_string as genre,
    count(*) as total_ratings_count,
    avg(rating) as average_rating
from {{ ref('fct_user_behaviour_genres_concat') }}
where engagement_level = 'High-Engagement'
group by genres_string
order by
    total_ratings_count desc,
    average_rating desc
limit 5
