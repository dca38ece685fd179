select
    movie_id,
    tag_id,
    tag,
    relevance
from {{ ref('int_movie_tag_relevance') }}
qualify {{ top_n_qualify('movie_id', 'relevance', var('top_n_tags'), tie_breaker='tag_id') }}
