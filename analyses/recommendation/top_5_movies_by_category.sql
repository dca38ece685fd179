-- How large is each recommendation category, and which five movies lead it?
-- Two sections in one result: columns that a section does not have are NULL in it.

with recommended_movies as (

    select
        recommendations.recommendation_category as category,
        recommendations.movie_id,
        movie_details.title,
        movie_details.genres_string,
        movie_stats.rating_count,
        movie_stats.avg_rating
    from {{ ref('fct_movie_recommendations') }} as recommendations
    inner join {{ ref('int_movie_details') }} as movie_details
        on recommendations.movie_id = movie_details.movie_id
    inner join {{ ref('int_movie_rating_tag_stats') }} as movie_stats
        on recommendations.movie_id = movie_stats.movie_id

),

category_summary as (

    select
        category,
        count(*) as total_movies,
        avg(rating_count) as avg_rating_count,
        avg(avg_rating) as avg_movie_rating
    from recommended_movies
    group by category

),

leading_movies as (

    select
        category,
        movie_id,
        title,
        genres_string,
        rating_count,
        avg_rating,
        row_number() over (
            partition by category
            order by avg_rating desc, rating_count desc, movie_id
        ) as category_rank
    from recommended_movies
    qualify category_rank <= 5

),

report as (

    select
        'Category Summary' as section,
        category,
        0 as category_rank,
        total_movies,
        avg_rating_count,
        avg_movie_rating,
        cast(null as integer) as movie_id,
        cast(null as varchar) as title,
        cast(null as varchar) as genres_string,
        cast(null as integer) as rating_count,
        cast(null as double) as avg_rating
    from category_summary

    union all

    select
        'Top Movies' as section,
        category,
        category_rank,
        cast(null as integer) as total_movies,
        cast(null as double) as avg_rating_count,
        cast(null as double) as avg_movie_rating,
        movie_id,
        title,
        genres_string,
        rating_count,
        avg_rating
    from leading_movies

)

select
    section,
    category,
    total_movies,
    avg_rating_count,
    avg_movie_rating,
    movie_id,
    title,
    genres_string,
    rating_count,
    avg_rating
from report
order by
    section,
    category,
    category_rank
