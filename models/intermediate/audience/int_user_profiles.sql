with user_totals as (

    select
        user_id,
        count(*) as total_ratings,
        avg(rating) as overall_avg_rating
    from {{ ref('src_ratings') }}
    group by user_id

),

ranked_users as (

    select
        user_id,
        total_ratings,
        overall_avg_rating,
        percent_rank() over (order by total_ratings) as activity_rank
    from user_totals

)

-- Relative bounds: the levels keep their meaning whatever the size and age of the data.
select
    user_id,
    total_ratings,
    overall_avg_rating,
    case
        when activity_rank >= 0.95 then 'Super-High-Engagement'
        when activity_rank >= 0.66 then 'High-Engagement'
        when activity_rank >= 0.33 then 'Medium-Engagement'
        else 'Low-Engagement'
    end as engagement_level
from ranked_users
