-- What Snowflake's functions are on the embedded engine, where one expression does not say it.
-- Loaded into the schema `snowflake_sql` of the target's database, so that views that use them stand alone.

-- Numbers -----------------------------------------------------------------------------------------------------------

-- A quotient of whole numbers, rounded half away from zero.
create or replace macro snowflake_sql.rounded_quotient(dividend, divisor) as
    case
        when divisor = 0 then error('Division by zero')
        else sign(dividend) * sign(divisor) * (((2::hugeint * abs(dividend)) // abs(divisor) + 1) // 2)
    end;

create or replace macro snowflake_sql.divide_floats(dividend, divisor) as
    case when divisor = 0 then error('Division by zero') else cast(dividend as double) / divisor end;

create or replace macro snowflake_sql.width_bucket(number, low, high, buckets) as
    case
        when number < low then 0
        when number >= high then buckets + 1
        else cast(floor((cast(number as double) - low) / (cast(high as double) - low) * buckets) as bigint) + 1
    end;

-- Kilometres between two places on a sphere of 6,371 km.
create or replace macro snowflake_sql.haversine(latitude, longitude, other_latitude, other_longitude) as
    2 * 6371 * asin(sqrt(
        pow(sin(radians(other_latitude - latitude) / 2), 2)
        + cos(radians(latitude)) * cos(radians(other_latitude)) * pow(sin(radians(other_longitude - longitude) / 2), 2)
    ));

-- Texts -------------------------------------------------------------------------------------------------------------

-- Snowflake writes a whole number without a point.
create or replace macro snowflake_sql.text_of_float(number) as
    regexp_replace(cast(number as varchar), '\.0$', '');

create or replace macro snowflake_sql.text_of_any(item) as
    case
        when typeof(item) in ('FLOAT', 'DOUBLE') then regexp_replace(cast(item as varchar), '\.0$', '')
        when typeof(item) = 'TIMESTAMP' then strftime(try_cast(cast(item as varchar) as timestamp), '%Y-%m-%d %H:%M:%S.%g')
        when typeof(item) = 'JSON' then json_extract_string(try_cast(cast(item as varchar) as json), '$')
        else cast(item as varchar)
    end;

create or replace macro snowflake_sql.sized_text(item, size) as
    case when length(item) > size then error('String is too long and would be truncated: ' || item) else item end;

create or replace macro snowflake_sql.try_sized_text(item, size) as
    case when length(item) <= size then item end;

create or replace macro snowflake_sql.boolean_of_text(item) as
    case
        when lower(item) in ('true', 't', 'yes', 'y', 'on', '1') then true
        when lower(item) in ('false', 'f', 'no', 'n', 'off', '0') then false
        when item is not null then error('Boolean value is not recognized: ' || item)
    end;

create or replace macro snowflake_sql.try_boolean_of_text(item) as
    case
        when lower(item) in ('true', 't', 'yes', 'y', 'on', '1') then true
        when lower(item) in ('false', 'f', 'no', 'n', 'off', '0') then false
    end;

create or replace macro snowflake_sql.initcap(item) as
    array_to_string(
        list_transform(
            regexp_extract_all(item, '[^\s!?@"^#$&~_,.:;+\-*%/|\\\[\](){}<>]+|[\s!?@"^#$&~_,.:;+\-*%/|\\\[\](){}<>]+'),
            lambda word: upper(substr(word, 1, 1)) || lower(substr(word, 2))
        ),
        ''
    );

create or replace macro snowflake_sql.initcap_after(item, delimiters) as
    array_to_string(
        list_transform(
            range(1, length(item) + 1),
            lambda place: case
                when place = 1 or contains(delimiters, substr(item, place - 1, 1)) then upper(substr(item, place, 1))
                else lower(substr(item, place, 1))
            end
        ),
        ''
    );

create or replace macro snowflake_sql.lpad(item, size, filler) as
    case
        when size <= 0 then case when item is not null and filler is not null then '' end
        when filler = '' then substr(item, 1, size)
        else lpad(item, cast(size as integer), filler)
    end;

create or replace macro snowflake_sql.rpad(item, size, filler) as
    case
        when size <= 0 then case when item is not null and filler is not null then '' end
        when filler = '' then substr(item, 1, size)
        else rpad(item, cast(size as integer), filler)
    end;

create or replace macro snowflake_sql.replace_text(item, pattern, replacement) as
    case when pattern = '' and replacement is not null then item else replace(item, pattern, replacement) end;

create or replace macro snowflake_sql.substring(item, start, size) as
    case
        when start >= 0 then substr(item, start, size)
        when -start > length(item) then ''
        else substr(item, length(item) + start + 1, size)
    end;

create or replace macro snowflake_sql.position_from(part, item, start) as
    case
        when start < 1 then error('the start of CHARINDEX is below 1')
        when instr(substr(item, start), part) = 0 then 0
        else instr(substr(item, start), part) + start - 1
    end;

create or replace macro snowflake_sql.insert_text(item, start, size, other) as
    substr(item, 1, start - 1) || other || substr(item, start + size);

-- An empty separator does not split.
create or replace macro snowflake_sql.parts(item, separator) as
    case when separator = '' then [item] else string_split(item, separator) end;

-- Part 0 is part 1; an empty separator does not split.
create or replace macro snowflake_sql.split_part(item, separator, part) as
    case
        when separator = '' then case when part in (0, 1, -1) then item when item is not null then '' end
        else split_part(item, separator, case when part = 0 then 1 else part end)
    end;

-- Every letter of `letters` separates; empty parts do not count.
create or replace macro snowflake_sql.tokens(item, letters) as
    case
        when item is null or letters is null then null
        when letters = '' then case when item = '' then [] else [item] end
        else list_filter(string_split(translate(item, letters, repeat(substr(letters, 1, 1), length(letters))), substr(letters, 1, 1)), lambda part: part <> '')
    end;

create or replace macro snowflake_sql.token(item, letters, place) as
    list_extract(snowflake_sql.tokens(item, letters), case when place > 0 then place else 1000000 end);

create or replace macro snowflake_sql.parse_url(url) as
    to_json({
        'fragment': nullif(regexp_extract(url, '#(.*)$', 1), ''),
        'host': nullif(regexp_extract(url, '^[^:/]+://([^/:?#]+)', 1), ''),
        'parameters': case when regexp_matches(url, '\?[^#]+') then map_from_entries(list_transform(
            string_split(regexp_extract(url, '\?([^#]*)', 1), '&'),
            lambda pair: {'key': split_part(pair, '=', 1), 'value': regexp_replace(pair, '^[^=]*=?', '')}
        )) end,
        'path': nullif(regexp_extract(url, '^[^:/]+://[^/?#]+/([^?#]*)', 1), ''),
        'port': nullif(regexp_extract(url, '^[^:/]+://[^/:?#]+:(\d+)', 1), ''),
        'query': nullif(regexp_extract(url, '\?([^#]*)', 1), ''),
        'scheme': nullif(regexp_extract(url, '^([^:/]+)://', 1), '')
    });

-- Dates and moments -------------------------------------------------------------------------------------------------

-- Snowflake: digits alone are seconds, milliseconds, microseconds or nanoseconds since 1970, by their size.
create or replace macro snowflake_sql.timestamp_of_digits(digits) as
    make_timestamp(case
        when abs(digits) < 31536000000 then digits * 1000000
        when abs(digits) < 31536000000000 then digits * 1000
        when abs(digits) < 31536000000000000 then digits
        else digits // 1000
    end);

create or replace macro snowflake_sql.timestamp_of_text(item) as
    case
        when regexp_full_match(trim(item), '-?\d+') then snowflake_sql.timestamp_of_digits(try_cast(trim(item) as bigint))
        when regexp_full_match(trim(item), '\d{1,2}/\d{1,2}/\d{4}') then try_strptime(trim(item), '%m/%d/%Y')
        when regexp_full_match(trim(item), '\d{1,2}-[A-Za-z]{3}-\d{4}') then try_strptime(trim(item), '%d-%b-%Y')
        else cast(regexp_replace(trim(item), '\s*(Z|[+-]\d{2}:?\d{2})$', '') as timestamp)
    end;

create or replace macro snowflake_sql.try_timestamp_of_text(item) as
    case
        when regexp_full_match(trim(item), '-?\d{1,18}') then snowflake_sql.timestamp_of_digits(try_cast(trim(item) as bigint))
        when regexp_full_match(trim(item), '\d{1,2}/\d{1,2}/\d{4}') then try_strptime(trim(item), '%m/%d/%Y')
        when regexp_full_match(trim(item), '\d{1,2}-[A-Za-z]{3}-\d{4}') then try_strptime(trim(item), '%d-%b-%Y')
        else try_cast(regexp_replace(trim(item), '\s*(Z|[+-]\d{2}:?\d{2})$', '') as timestamp)
    end;

create or replace macro snowflake_sql.date_of_text(item) as cast(snowflake_sql.timestamp_of_text(item) as date);

create or replace macro snowflake_sql.try_date_of_text(item) as cast(snowflake_sql.try_timestamp_of_text(item) as date);

-- An offset in the text counts; without one the text is in UTC.
create or replace macro snowflake_sql.offset_minutes(item) as
    case
        when regexp_matches(trim(item), '\d[+-]\d{2}:?\d{2}$|\s[+-]\d{2}:?\d{2}$') then
            (case when regexp_extract(trim(item), '([+-])\d{2}:?\d{2}$', 1) = '-' then -1 else 1 end)
            * (cast(regexp_extract(trim(item), '[+-](\d{2}):?\d{2}$', 1) as integer) * 60
               + cast(regexp_extract(trim(item), '[+-]\d{2}:?(\d{2})$', 1) as integer))
        else 0
    end;

create or replace macro snowflake_sql.instant_of_text(item) as
    timezone('UTC', snowflake_sql.timestamp_of_text(item) - to_minutes(snowflake_sql.offset_minutes(item)));

create or replace macro snowflake_sql.try_instant_of_text(item) as
    timezone('UTC', snowflake_sql.try_timestamp_of_text(item) - to_minutes(snowflake_sql.offset_minutes(item)));

create or replace macro snowflake_sql.timestamp_of_epoch(number, digits) as
    make_timestamp(cast(number as bigint) * 1000000);

create or replace macro snowflake_sql.next_day(day, weekday) as
    day + cast((weekday - isodow(day) + 6) % 7 + 1 as integer);

create or replace macro snowflake_sql.previous_day(day, weekday) as
    day - cast((isodow(day) - weekday + 6) % 7 + 1 as integer);

-- The last day of a month stays the last day.
create or replace macro snowflake_sql.add_months(moment, months) as
    case
        when cast(moment as date) = last_day(moment)
            then last_day(moment + to_months(cast(months as integer)))
                + (cast(moment as timestamp) - date_trunc('day', cast(moment as timestamp)))
        else moment + to_months(cast(months as integer))
    end;

create or replace macro snowflake_sql.months_between(later, earlier) as
    round(
        (year(later) - year(earlier)) * 12 + month(later) - month(earlier)
        + case
            when day(later) = day(earlier) then 0
            when cast(later as date) = last_day(later) and cast(earlier as date) = last_day(earlier) then 0
            -- The time of day does not count.
            else (day(later) - day(earlier)) / 31.0::double
        end,
        6
    );

create or replace macro snowflake_sql.slice_months(moment, months, slices) as
    timestamp '1970-01-01' + to_months(cast(
        (cast(floor(((year(moment) - 1970) * 12 + month(moment) - 1) / months) as integer) + slices) * months as integer));

create or replace macro snowflake_sql.slice_seconds(moment, size, origin, slices) as
    origin + to_seconds((cast(floor((epoch(moment) - epoch(origin)) / size) as bigint) + slices) * size);

create or replace macro snowflake_sql.date_from_parts(years, months, days) as
    cast(make_date(cast(years as bigint), 1, 1) + to_months(cast(months - 1 as integer)) + to_days(cast(days - 1 as integer)) as date);

-- Parts beyond their range go on into the next.
create or replace macro snowflake_sql.time_from_parts(hours, minutes, seconds) as
    cast(timestamp '1970-01-01' + to_hours(hours) + to_minutes(minutes) + to_seconds(seconds) as time);

create or replace macro snowflake_sql.without_offset(item) as
    regexp_replace(trim(item), '\s*(Z|[+-]\d{2}:?\d{2})$', '');

create or replace macro snowflake_sql.timestamp_from_parts(years, months, days, hours, minutes, seconds) as
    cast(make_date(cast(years as bigint), 1, 1) as timestamp) + to_months(cast(months - 1 as integer))
    + to_days(cast(days - 1 as integer)) + to_hours(hours) + to_minutes(minutes) + to_seconds(seconds);

-- VARIANT, ARRAY and OBJECT, held as JSON ---------------------------------------------------------------------------

create or replace macro snowflake_sql.parse_json(item) as
    case when trim(item) <> '' then json(item) end;

create or replace macro snowflake_sql.try_parse_json(item) as
    case when trim(item) <> '' and json_valid(item) then json(item) end;

create or replace macro snowflake_sql.check_json(item) as
    case when item is not null and not json_valid(item) then 'the text is no JSON' end;

-- A value in the spelling that all others of its kind have.
create or replace macro snowflake_sql.minified(item) as json(item);

create or replace macro snowflake_sql.items(list) as
    list_transform(
        case json_type(list) when 'ARRAY' then cast(list as json[]) end,
        lambda item: json(item)
    );

create or replace macro snowflake_sql.element(list, place) as
    case when place >= 0 then json_extract(list, '$[' || place || ']') end;

create or replace macro snowflake_sql.member(object, name) as
    json_extract(object, '$."' || name || '"');

create or replace macro snowflake_sql.path(item, steps) as
    json_extract(item, case when steps like '[%' then '$' else '$.' end || replace(steps, ':', '.'));

create or replace macro snowflake_sql.to_array(item) as
    case json_type(item) when 'ARRAY' then item when 'NULL' then null else json_array(item) end;

create or replace macro snowflake_sql.to_object(item) as
    case json_type(item)
        when 'OBJECT' then item
        when 'NULL' then null
        else cast(error('the value is no OBJECT: ' || cast(item as varchar)) as json)
    end;

create or replace macro snowflake_sql.type_of(item) as
    case json_type(item)
        when 'NULL' then 'NULL_VALUE'
        when 'BIGINT' then 'INTEGER'
        when 'UBIGINT' then 'INTEGER'
        when 'DOUBLE' then case when contains(lower(cast(item as varchar)), 'e') then 'DOUBLE' else 'DECIMAL' end
        else json_type(item)
    end;

-- A pair without a value is left out; the keys are in order.
create or replace macro snowflake_sql.object_of(pairs) as
    case when pairs is null then cast('{}' as json) else to_json(map_from_entries(list_sort(list_filter(
        pairs, lambda pair: pair.value is not null and pair.key is not null)))) end;

create or replace macro snowflake_sql.pairs(object) as
    list_transform(json_keys(object), lambda name: {'key': name, 'value': json_extract(object, '$."' || name || '"')});

create or replace macro snowflake_sql.object_keep(object, names, kept) as
    snowflake_sql.object_of(list_filter(
        snowflake_sql.pairs(object), lambda pair: list_contains(names, pair.key) = kept));

create or replace macro snowflake_sql.object_insert(object, name, item, replaces) as
    case
        when list_contains(json_keys(object), name) and not replaces
            then cast(error('the key is in the object already: ' || name) as json)
        else snowflake_sql.object_of(list_append(
            list_filter(snowflake_sql.pairs(object), lambda pair: pair.key <> name),
            {'key': name, 'value': cast(item as json)}
        ))
    end;

-- Places count from 0, the end is not part of it, and below 0 they count from the end.
create or replace macro snowflake_sql.array_slice(list, start, stop) as
    to_json(list_slice(
        snowflake_sql.items(list),
        greatest(case when start < 0 then json_array_length(list) + start else start end, 0) + 1,
        case when stop < 0 then json_array_length(list) + stop else stop end
    ));

create or replace macro snowflake_sql.array_remove_at(list, place) as
    to_json(list_filter(
        snowflake_sql.items(list),
        lambda item, number: number - 1 <> case when place < 0 then json_array_length(list) + place else place end
    ));

create or replace macro snowflake_sql.array_insert(list, place, item) as
    to_json(list_concat(
        list_concat(list_slice(snowflake_sql.items(list), 1, place), [cast(item as json)]),
        list_slice(snowflake_sql.items(list), place + 1, json_array_length(list))
    ));

create or replace macro snowflake_sql.array_to_string(list, separator) as
    array_to_string(
        list_transform(snowflake_sql.items(list), lambda item: coalesce(json_extract_string(item, '$'), '')),
        separator
    );

-- The first of each value stays, in order.
create or replace macro snowflake_sql.distinct_items(list) as
    list_filter(
        snowflake_sql.items(list),
        lambda item, number: list_position(snowflake_sql.items(list), item) = number
    );

create or replace macro snowflake_sql.common_items(list, other) as
    list_filter(snowflake_sql.items(list), lambda item: list_contains(snowflake_sql.items(other), item));

-- Each item of the other list takes away one of its like.
create or replace macro snowflake_sql.other_items(list, other) as
    list_filter(
        snowflake_sql.items(list),
        lambda item, number: len(list_filter(list_slice(snowflake_sql.items(list), 1, number), lambda one: one = item))
            > len(list_filter(snowflake_sql.items(other), lambda one: one = item))
    );

-- The rows of FLATTEN.
create or replace macro snowflake_sql.entries(item, before) as
    case json_type(item)
        when 'ARRAY' then list_transform(
            range(cast(json_array_length(item) as bigint)),
            lambda place: {
                'key': cast(null as varchar),
                'path': before || '[' || place || ']',
                'index': place,
                'value': json_extract(item, '$[' || place || ']')
            }
        )
        when 'OBJECT' then list_transform(
            list_sort(json_keys(item)),
            lambda name: {
                'key': name,
                'path': case
                    when not regexp_full_match(name, '[A-Za-z_][A-Za-z0-9_]*') then before || '[''' || name || ''']'
                    when before = '' then name
                    else before || '.' || name
                end,
                'index': cast(null as bigint),
                'value': json_extract(item, '$."' || name || '"')
            }
        )
        else []
    end;

create or replace macro snowflake_sql.entries_or_one(item, before) as
    case
        when coalesce(len(snowflake_sql.entries(item, before)), 0) = 0 then [{
            'key': cast(null as varchar), 'path': cast(null as varchar), 'index': cast(null as bigint), 'value': cast(null as json)
        }]
        else snowflake_sql.entries(item, before)
    end;
