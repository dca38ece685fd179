{{ config(materialized='table') }}

select film_id, title, minutes
from {{ ref('films') }}
where minutes >= {{ var('long_minutes', 90) }}
