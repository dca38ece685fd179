-- Which genres do highly engaged users rate most, and how well?

select
    genre_name as genre,
    count(*) as total_ratings_count,
    avg(rating) as average_rating
from {{ ref('fct_user_behaviour_genres') }}
where engagement_level = 'High-Engagement'
group by genre_name
order by
    total_ratings_count desc,
    average_rating desc
limit 5
