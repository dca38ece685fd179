{#- One text key out of several columns: each as text, joined with '-', hashed with md5.
    NULL becomes a marker of its own, so that NULL and '' give different keys. The recipe and the marker are those of
    dbt_utils.generate_surrogate_key, so the keys equal the ones a project with that package has stored. -#}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append(
            "coalesce(cast(" ~ column ~ " as varchar), '_dbt_utils_surrogate_key_null_')"
        ) -%}
    {%- endfor -%}
    md5({{ parts | join(" || '-' || ") }})
{%- endmacro %}
