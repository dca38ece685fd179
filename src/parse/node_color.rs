//! `docs.node_color`: a color of CSS, by its name or as `#rgb` or `#rrggbb`.

use serde_json::Value;

use super::config_values::Wrong;
use crate::diagnostic::Class;

/// The names of CSS.
const NAMES: &str = "
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
    cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod
    darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon
    darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray
    dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green
    greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon
    lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon
    lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta
    maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen
    mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru
    pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen
    seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato
    turquoise violet wheat white whitesmoke yellow yellowgreen
";

/// What is wrong with the color of a `docs` configuration. dbt: told without a path.
pub(super) fn check(docs: &Value) -> Option<Wrong> {
    let color = docs.get("node_color")?.as_str()?;
    let digits = color.strip_prefix('#').unwrap_or_default();
    let is_hex = matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_name = NAMES.split_whitespace().any(|name| name == color);
    (!is_hex && !is_name).then(|| {
        let message = format!(
            "Invalid color name for docs.node_color: {color}. It is neither a valid HTML color name nor a valid HEX code."
        );
        (Class::Validation, None, message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_codes_are_colors() {
        for good in ["red", "#fff", "#12aBcd", "rebeccapurple"] {
            assert!(check(&json!({"node_color": good})).is_none(), "{good}");
        }
        for wrong in ["notacolor", "#ffff", "#xxx111", ""] {
            assert!(check(&json!({"node_color": wrong})).is_some(), "{wrong}");
        }
        assert!(check(&json!({"show": true, "node_color": null})).is_none());
    }
}
