with raw_genome_scores as (

    select * from {{ source('movielens', 'raw_genome_scores') }}

)

select
    movieid as movie_id,
    tagid as tag_id,
    relevance
from raw_genome_scores
