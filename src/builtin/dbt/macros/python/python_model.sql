{# The Python text that is put behind a Python model: its `dbt` object with ref, source, config and this. #}

{% macro resolve_model_name(input_model_name) %}
  {{- return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) -}}
{% endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string }}
{%- endmacro %}

{% macro build_ref_function(model) %}
  {%- set names = {} -%}
  {%- for one_ref in model.refs -%}
    {%- set version = one_ref.get('version') -%}
    {%- if one_ref.get('package') -%}
      {%- set key = [one_ref['package'], one_ref['name']] -%}
      {%- set resolved = ref(one_ref['package'], one_ref['name'], v=version) -%}
    {%- else -%}
      {%- set key = [one_ref['name']] -%}
      {%- set resolved = ref(one_ref['name'], v=version) -%}
    {%- endif -%}
    {%- if version -%}
      {%- do key.append('v' ~ version) -%}
    {%- endif -%}
    {#- an overridden ref() may give a plain string; a relation is rendered without its sample or empty filter -#}
    {%- if resolved.render is defined and resolved.render is callable -%}
      {%- set resolved = resolved.render() -%}
    {%- endif -%}
    {%- do names.update({key | join('.'): resolve_model_name(resolved)}) -%}
  {%- endfor %}
def ref(*args, **kwargs):
    names = {{ names | tojson }}
    key = ".".join(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        key = f"{key}.v{version}"
    return kwargs.get("dbt_load_df_function")(names[key])
{% endmacro %}

{% macro build_source_function(model) %}
  {%- set names = {} -%}
  {%- for one_source in model.sources -%}
    {%- do names.update({one_source | join('.'): resolve_model_name(source(one_source[0], one_source[1]))}) -%}
  {%- endfor %}
def source(*args, dbt_load_df_function):
    names = {{ names | tojson }}
    return dbt_load_df_function(names[".".join(args)])
{% endmacro %}

{# The config and meta values that the model's code reads, found by reading it. #}
{% macro build_config_dict(model) %}
  {%- set values = {} -%}
  {%- for key in model.config.config_keys_used or [] -%}
    {%- do values.update({key: model.config.get(key, model.config.config_keys_defaults[loop.index0])}) -%}
  {%- endfor -%}
  {%- set meta_values = {} -%}
  {%- for key in model.config.meta_keys_used or [] -%}
    {%- set meta = model.config.meta or {} -%}
    {%- do meta_values.update({key: meta[key] if key in meta else model.config.meta_keys_defaults[loop.index0]}) -%}
  {%- endfor %}
config_dict = {{ values }}
meta_dict = {{ meta_values }}
{% endmacro %}

{% macro py_script_postfix(model) %}
# Everything below was added to the model's own code: the object that its `dbt` argument is.
# COMMAND ----------
{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    """The relation that the model builds: call dbt.this() or read its parts."""
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

# COMMAND ----------
{{ py_script_comment() }}
{% endmacro %}

{# For adapters that can tell how to run the script by hand. #}
{% macro py_script_comment() %}
{% endmacro %}
