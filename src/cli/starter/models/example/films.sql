-- One row per film, with the names that the other models use
select
    film_id,
    title,
    year as released_in,
    minutes
from {{ ref('raw_films') }}
