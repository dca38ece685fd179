with genome_scores as (

    select * from {{ ref('src_genome_sources') }}

),

genome_tags as (

    select * from {{ ref('src_genome_tags') }}

)

select
    genome_scores.movie_id,
    genome_scores.tag_id,
    genome_tags.tag,
    genome_scores.relevance
from genome_scores
inner join genome_tags
    on genome_scores.tag_id = genome_tags.tag_id
