//! Writes synthetic data in the six CSV files of `MovieLens`' format: made-up movies, users, ratings, tags and a tag genome.
//!
//! ```text
//! cargo run --example generate -- --ratings 25000000 --out DIR [--seed N]
//! ```
//!
//! Without arguments it writes the committed sample again, byte for byte. For that it uses only integers and the
//! operations of `f64` that IEEE 754 rounds exactly (no `exp`, `ln` or `powf`, whose last digits differ between
//! platforms), and a random stream for each file. Users are made and written one by one, so memory does not grow with
//! the number of ratings.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: generate [--ratings N] [--out DIR] [--seed N]";

/// Ratings of the committed sample.
const SAMPLE_RATINGS: u32 = 60_000;

/// 1996-01-29 and 2019-11-21, the time in which ratings are given.
const FIRST_SECOND: u64 = 822_873_600;
const LAST_SECOND: u64 = 1_574_294_400;

/// The default first day of the project, 2010-01-01 in UTC: one user rates on both sides of this midnight.
const START_DATE: u64 = 1_262_304_000;

const MIDNIGHT_USER: u32 = 2;
const FEWEST_RATINGS: u32 = 20;
const SECONDS_PER_DAY: u64 = 86_400;
const SECONDS_PER_YEAR: u64 = 31_556_952;
const SECONDS_PER_SESSION_GAP: u32 = 60;
const RELEVANCE_STEPS: u32 = 4_000;

fn main() -> ExitCode {
    match Options::from_arguments(std::env::args().skip(1)) {
        Ok(Request::Help) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Request::Generate(options)) => match generate(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: cannot write to `{}`: {error}", options.out.display());
                ExitCode::FAILURE
            }
        },
        Err(message) => {
            eprintln!("error: {message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

enum Request {
    Help,
    Generate(Options),
}

struct Options {
    ratings: u32,
    out: PathBuf,
    seed: u64,
}

impl Options {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Request, String> {
        let mut options = Self { ratings: SAMPLE_RATINGS, out: PathBuf::from("sample"), seed: 1 };
        while let Some(name) = arguments.next() {
            if matches!(name.as_str(), "-h" | "--help") {
                return Ok(Request::Help);
            }
            if !matches!(name.as_str(), "--ratings" | "--out" | "--seed") {
                return Err(format!("unknown argument `{name}`"));
            }
            let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value"))?;
            let not_a_number = || format!("`{name}` needs a whole number, got `{value}`");
            match name.as_str() {
                "--ratings" => {
                    options.ratings = value.replace('_', "").parse().map_err(|_| not_a_number())?;
                }
                "--seed" => options.seed = value.parse().map_err(|_| not_a_number())?,
                _ => options.out = PathBuf::from(value),
            }
        }
        if (1_000..=200_000_000).contains(&options.ratings) {
            Ok(Request::Generate(options))
        } else {
            Err("`--ratings` must lie between 1000 and 200000000".to_owned())
        }
    }
}

fn generate(options: &Options) -> io::Result<()> {
    fs::create_dir_all(&options.out)?;
    let size = Size::of(options.ratings);
    let stream = |number: u64| Random(options.seed ^ (number << 56));

    let catalog = Catalog::new(&size, &mut stream(1));
    let vocabulary = vocabulary(size.genome_tags);
    write_movies(&options.out, &catalog)?;
    write_links(&options.out, &catalog)?;
    let tag_rows = write_activity(&options.out, &size, &catalog, &vocabulary, &stream)?;
    write_genome(&options.out, &size, &catalog, &vocabulary, &mut stream(5))?;

    println!(
        "{}: {} ratings by {} users of {} movies, {tag_rows} tags, genome of {} movies and {} tags",
        options.out.display(),
        size.ratings,
        size.users,
        size.movies,
        size.genome_movies,
        size.genome_tags,
    );
    Ok(())
}

/// How many of everything, in the proportions of the `MovieLens` releases.
struct Size {
    ratings: u32,
    users: u32,
    movies: u32,
    genome_movies: u32,
    genome_tags: u32,
}

impl Size {
    fn of(ratings: u32) -> Self {
        // Between these points the sizes are interpolated: the sample, then the published 1M, 20M, 25M and 32M.
        const MOVIES: [(u32, u32); 6] = [
            (0, 200),
            (60_000, 1_200),
            (1_000_000, 8_000),
            (20_000_000, 27_278),
            (25_000_000, 62_423),
            (32_000_000, 87_585),
        ];
        const GENOME_MOVIES: [(u32, u32); 5] =
            [(0, 80), (60_000, 400), (1_000_000, 2_500), (20_000_000, 10_381), (25_000_000, 13_816)];
        const GENOME_TAGS: [(u32, u32); 4] = [(0, 20), (60_000, 60), (1_000_000, 400), (20_000_000, 1_128)];
        Self {
            ratings,
            users: (ratings / 154).max(20),
            movies: interpolate(&MOVIES, ratings),
            genome_movies: interpolate(&GENOME_MOVIES, ratings),
            genome_tags: interpolate(&GENOME_TAGS, ratings),
        }
    }
}

/// Reads a piecewise linear curve. Beyond its last point it stays level.
fn interpolate(points: &[(u32, u32)], at: u32) -> u32 {
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if at <= x1 {
            let rise = u64::from(y1 - y0) * u64::from(at - x0) / u64::from(x1 - x0);
            return y0 + narrow(rise);
        }
    }
    points.last().map_or(0, |&(_, y)| y)
}

struct Movie {
    id: u32,
    title: String,
    /// `None` for a title without a year.
    year: Option<u32>,
    genres: String,
    /// The mean around which ratings scatter, in stars.
    quality: f64,
}

struct Catalog {
    movies: Vec<Movie>,
    /// Indexes of movies from the most to the least popular. The unrated are not among them.
    by_popularity: Vec<usize>,
    /// Running total of the popularity weights, in the order of `by_popularity`.
    cumulative: Vec<u64>,
    unrated: Vec<usize>,
}

impl Catalog {
    fn new(size: &Size, random: &mut Random) -> Self {
        let mut movies = Vec::with_capacity(index(size.movies));
        let mut id = 0;
        for number in 0..size.movies {
            id += 1 + random.below(3) * random.below(3);
            movies.push(Movie::new(id, number, random));
        }

        let mut by_popularity = Vec::with_capacity(movies.len());
        let mut unrated = Vec::new();
        for position in 0..movies.len() {
            if position % 97 == 41 {
                unrated.push(position);
            } else {
                by_popularity.push(position);
            }
        }
        random.shuffle(&mut by_popularity);

        // Popularity falls as 1/rank and, towards the end, to nothing: few hits and a long tail.
        let count = by_popularity.len() as u64;
        let mut total = 0;
        let cumulative = (0..count)
            .map(|rank| {
                let left = count - rank;
                total += (1_000_000_000 * left / count * left / count / (rank + 40)).max(1);
                total
            })
            .collect();
        Self { movies, by_popularity, cumulative, unrated }
    }

    /// Draws a movie by popularity.
    fn draw(&self, random: &mut Random) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(1);
        let mark = random.below_u64(total);
        let rank = self.cumulative.partition_point(|&sum| sum <= mark);
        self.by_popularity[rank]
    }
}

impl Movie {
    fn new(id: u32, number: u32, random: &mut Random) -> Self {
        let year = release_year(random);
        let title = title(number, year, random);
        let genres = genres(number, random);
        let has_year = title.ends_with(&format!("({year})")) || title.ends_with(' ');
        Self { id, year: has_year.then_some(year), title, genres, quality: (3.4 + 0.5 * random.bell()).clamp(1.2, 4.6) }
    }

    /// Whether the movie can be rated at that time. One without a year always can.
    fn is_out(&self, second: u64) -> bool {
        self.year.is_none_or(|year| u64::from(year) <= 1970 + second / SECONDS_PER_YEAR)
    }
}

/// A year from 1921 to 2019, most of them late.
fn release_year(random: &mut Random) -> u32 {
    let age = random.unit() * random.unit() * random.unit();
    2019 - whole(age * 98.0)
}

const NAME_STARTS: &str = "Brun, Quor, Vash, Ond, Thrim, Kelv, Marn, Ploz, Yew, Zind, Orb, Fesk, Glim, Hask, Ilv, \
    Jorr, Dwen, Uxm";
const NAME_MIDDLES: &str = "a, e, i, o, u, ia";
const NAME_ENDS: &str = "del, rith, shen, mok, vane, quist, bury, nolt, nor, zeth, wick, gora, pesh, lund";
const THINGS: &str = "Ferry, Lantern, Orchard, Tide, Ledger, Kettle, Winter, Signal, Harbour, Cartographer, \
    Silence, Staircase, Clockmaker, Delta, Monsoon, Letter, Quarry, Beekeeper, Tramway, \
    Observatory, Salt Road, Greenhouse, Understudy, Glacier, Night Shift, Locksmith, Archive, \
    Umbrella, Causeway, Referee, Pilgrim, Weather Station";

/// Titles that have tripped parsers of such files. `{}` stands for the year.
const ODD_TITLES: [&str; 18] = [
    "Quorivane Nine",
    "Ondiaquist Ferry, The ({}) ",
    "\"Marnozeth\" and Other Lies ({})",
    "11'42\" Over Kelvador ({})",
    "Thrimopesh (2006–2007)",
    "4417",
    "Zindamok \\ Reversed ({})",
    "Kélvïmök à l'été ({})",
    "Ploziabury (プロジアベリー) ({})",
    "Haskuwick, Dwenobury & Sons, Inc. ({})",
    "Brunadel's \"Kettle\", \"Ferry\" and \"Tide\" ({})",
    "NULL Glimugora ({})",
    "Feskelund (a.k.a. Feskelund: The Long Winter of the Beekeeper Who Kept No Bees) (a.k.a. What the Locksmith of \
     Ilviashen Saw from the Weather Station) ({})",
    "Orbonor Twins (1996)",
    "Orbonor Twins (1996)",
    "Yewizeth?! #2: 100% ({})",
    "Čelvařů ulice ({})",
    "Jorrishen ",
];

fn title(number: u32, year: u32, random: &mut Random) -> String {
    // Spread over the file, the first ones early.
    if number % 7 == 3
        && let Some(odd) = ODD_TITLES.get(index(number / 7))
    {
        return odd.replace("{}", &year.to_string());
    }
    let name = name(random);
    let thing = random.word(THINGS);
    let title = match random.below(9) {
        0 => format!("{thing} of {name}, The"),
        1 => format!("{name}'s {thing}"),
        2 => format!("{thing} for {name}, A"),
        3 => format!("{name} and the {thing}"),
        4 => format!("{name}: {thing} {}", 2 + random.below(4)),
        5 => format!("{}, {name} & {}", self::name(random), self::name(random)),
        6 => format!("Último {name}: {thing}, El"),
        _ => format!("{name} {thing}"),
    };
    match random.below(400) {
        0 => title,
        1 => format!("{title} ({year}) "),
        _ => format!("{title} ({year})"),
    }
}

fn name(random: &mut Random) -> String {
    let mut name = String::new();
    for parts in [NAME_STARTS, NAME_MIDDLES, NAME_ENDS] {
        name.push_str(random.word(parts));
    }
    name
}

const GENRES: [&str; 19] = [
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "IMAX",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// How often a genre occurs, in the order of `GENRES`.
const GENRE_WEIGHTS: [u32; 19] = [18, 13, 6, 7, 38, 12, 5, 44, 8, 1, 10, 2, 3, 6, 16, 10, 19, 4, 2];

fn genres(number: u32, random: &mut Random) -> String {
    if number % 50 == 17 {
        return "(no genres listed)".to_owned();
    }
    let wanted = match number {
        29 => 10,
        _ => index(1 + random.below(2) + random.below(3)),
    };
    let mut chosen = [false; GENRES.len()];
    while chosen.iter().filter(|&&taken| taken).count() < wanted {
        chosen[random.weighted(&GENRE_WEIGHTS)] = true;
    }
    // Most rows list their genres alphabetically; some do not, as in the real files.
    let mut genres: Vec<&str> = (0..GENRES.len()).filter(|&genre| chosen[genre]).map(|genre| GENRES[genre]).collect();
    if number % 11 == 5 {
        genres.reverse();
    }
    genres.join("|")
}

fn write_movies(out: &Path, catalog: &Catalog) -> io::Result<()> {
    let mut file = create(out, "movies.csv", "movieId,title,genres")?;
    for movie in &catalog.movies {
        write!(file, "{},", movie.id)?;
        write_text(&mut file, &movie.title)?;
        write!(file, ",{}\r\n", movie.genres)?;
    }
    file.flush()
}

fn write_links(out: &Path, catalog: &Catalog) -> io::Result<()> {
    let mut file = create(out, "links.csv", "movieId,imdbId,tmdbId")?;
    for (position, movie) in (0_u64..).zip(&catalog.movies) {
        // A multiplier and a prime modulus: scattered, yet no number twice. The newest have eight digits.
        let imdb = if position % 60 == 59 { 10_000_000 + position } else { (position * 7_919 + 4_242) % 9_999_991 };
        write!(file, "{},{imdb:07},", movie.id)?;
        match position {
            // One number is given to two movies, and about one in a hundred movies has none.
            113 => write!(file, "{}\r\n", 110 * 13 + 5)?,
            _ if position % 101 == 31 => write!(file, "\r\n")?,
            _ => write!(file, "{}\r\n", position * 13 + 5)?,
        }
    }
    file.flush()
}

/// A user's rating before it is written.
struct Rating {
    movie: usize,
    second: u64,
}

/// Writes ratings.csv and tags.csv, user by user, and returns the number of tags.
fn write_activity(
    out: &Path,
    size: &Size,
    catalog: &Catalog,
    vocabulary: &[String],
    stream: &impl Fn(u64) -> Random,
) -> io::Result<u32> {
    let mut ratings_file = create(out, "ratings.csv", "userId,movieId,rating,timestamp")?;
    let mut tags_file = create(out, "tags.csv", "userId,movieId,tag,timestamp")?;
    let (mut sessions, mut stars, mut words) = (stream(2), stream(3), stream(4));
    let mut seen_by = vec![0_u32; catalog.movies.len()];
    let mut tag_rows = 0;

    for (user, count) in (1_u32..).zip(ratings_per_user(size, &mut stream(6))) {
        let mut ratings = pick_ratings(user, count, catalog, &mut seen_by, &mut sessions);
        ratings.sort_unstable_by_key(|rating| rating.movie);
        let leniency = 0.4 * stars.bell();
        for rating in &ratings {
            let movie = &catalog.movies[rating.movie];
            let halves = half_stars(movie.quality + leniency, &mut stars);
            write!(ratings_file, "{user},{},{}.{},{}\r\n", movie.id, halves / 2, halves % 2 * 5, rating.second)?;
        }
        // One user in eight tags, and then a third of what they rated.
        if user % 8 == 2 {
            tag_rows += write_tags(&mut tags_file, user, &ratings, catalog, vocabulary, &mut words)?;
        }
    }
    ratings_file.flush()?;
    tags_file.flush()?;
    Ok(tag_rows)
}

/// How many movies each user rates: at least 20, a long tail, and all of them together exactly as asked.
fn ratings_per_user(size: &Size, random: &mut Random) -> Vec<u32> {
    // Counts approach this bound and do not stop at it: many equal ones at the top would leave no user above the rest.
    let most = f64::from(size.movies / 2 - FEWEST_RATINGS);
    let bounded = |count: f64| count * most / (count + most);
    let target = f64::from(size.ratings.saturating_sub(size.users * FEWEST_RATINGS));
    // u to the power of -3/4, less 1: a Pareto distribution that begins at zero, its median well below its mean.
    let weights: Vec<f64> = (0..size.users)
        .map(|_| {
            let root = random.unit().max(1e-9).sqrt();
            1.0 / (root * root.sqrt()) - 1.0
        })
        .collect();
    let mut scale = 33.0;
    for _ in 0..40 {
        let total: f64 = weights.iter().map(|weight| bounded(weight * scale)).sum();
        scale *= target / total;
    }
    let mut counts: Vec<u32> = weights.iter().map(|weight| FEWEST_RATINGS + whole(bounded(weight * scale))).collect();

    // Rounding left a few over: one each to the users from the first on.
    let mut missing = i64::from(size.ratings) - counts.iter().map(|&count| i64::from(count)).sum::<i64>();
    let users = counts.len();
    for user in (0..users).cycle() {
        if missing <= 0 {
            break;
        }
        if counts[user] < size.movies / 2 {
            counts[user] += 1;
            missing -= 1;
        }
    }
    counts
}

/// Chooses the movies of a user and when they are rated. `seen_by` holds the last user that took each movie.
fn pick_ratings(user: u32, count: u32, catalog: &Catalog, seen_by: &mut [u32], random: &mut Random) -> Vec<Rating> {
    // The square root makes later years fuller.
    let span = f64::from(narrow(LAST_SECOND - FIRST_SECOND - SECONDS_PER_DAY));
    let joined = if user == MIDNIGHT_USER {
        START_DATE - 1
    } else {
        FIRST_SECOND + u64::from(whole(random.unit().sqrt() * span))
    };
    let sessions = 1 + count / 40;
    let mut start = joined;
    let mut second = joined;
    let mut ratings = Vec::with_capacity(index(count));
    for number in 0..count {
        if number > 0 && number % count.div_ceil(sessions) == 0 {
            start += u64::from(1 + random.below(120)) * SECONDS_PER_DAY + u64::from(random.below(40_000));
            start = start.min(LAST_SECOND - SECONDS_PER_DAY + u64::from(random.below(40_000)));
            second = start;
        } else if number == 1 && user == MIDNIGHT_USER {
            second += 1;
        } else if number > 0 {
            second += u64::from(1 + random.below(SECONDS_PER_SESSION_GAP));
        }
        let movie = pick_movie(user, second, catalog, seen_by, random);
        seen_by[movie] = user;
        ratings.push(Rating { movie, second });
    }
    ratings
}

/// Draws a movie that the user has not rated and that is out, or takes the next best when luck runs out.
fn pick_movie(user: u32, second: u64, catalog: &Catalog, seen_by: &[u32], random: &mut Random) -> usize {
    for _ in 0..60 {
        let movie = catalog.draw(random);
        if seen_by[movie] != user && catalog.movies[movie].is_out(second) {
            return movie;
        }
    }
    let unseen = |movie: &&usize| seen_by[**movie] != user;
    let mut candidates = catalog.by_popularity.iter().filter(unseen);
    let first = candidates.clone().next();
    let released = candidates.find(|&&movie| catalog.movies[movie].is_out(second));
    // A user rates at most half of the movies, so one is left.
    *released.or(first).unwrap_or(&0)
}

/// A rating around a mean, in half stars from 1 to 10. Whole stars are more usual than halves.
fn half_stars(mean: f64, random: &mut Random) -> u32 {
    let stars = (mean + 0.9 * random.bell()).clamp(0.5, 5.0);
    if random.below(100) < 55 { 2 * whole(stars + 0.5).max(1) } else { whole(stars * 2.0 + 0.5).max(1) }
}

/// Tags that readers of such files get wrong.
const ODD_TAGS: [&str; 16] = [
    "null",
    "Slow Burn",
    "SLOW BURN",
    "slow-burn",
    "\"cozy\"",
    "rain, fog, more rain",
    "café noir",
    "NA",
    "0042",
    "it's complicated",
    "#rewatch",
    "50% dream",
    "C:\\temp",
    "日本",
    "he said \"no\", she said \"maybe\"",
    "watched on a very long flight with no sound and only the subtitles of another movie",
];

fn write_tags(
    file: &mut impl Write,
    user: u32,
    ratings: &[Rating],
    catalog: &Catalog,
    vocabulary: &[String],
    random: &mut Random,
) -> io::Result<u32> {
    let mut rows = 0;
    let mut last_movie = 0;
    for rating in ratings {
        // The unrated movies are known by their tags only.
        if rows % 16 == 7 {
            let unrated = random.pick(&catalog.unrated);
            if !ratings.iter().any(|other| other.movie == *unrated) && last_movie != *unrated {
                write_tag(file, user, catalog.movies[*unrated].id, "unseen", rating.second)?;
                last_movie = *unrated;
                rows += 1;
            }
        }
        if random.below(100) >= 22 {
            continue;
        }
        let first = random.below(narrow(vocabulary.len() as u64));
        for step in 0..=random.below(3) {
            let tag = if rows % 12 == 5 {
                ODD_TAGS[index(rows / 12 + user / 8) % ODD_TAGS.len()]
            } else {
                &vocabulary[index(first + step * 7) % vocabulary.len()]
            };
            let second = rating.second + u64::from(step * 9 + 4);
            write_tag(file, user, catalog.movies[rating.movie].id, tag, second)?;
            rows += 1;
        }
    }
    Ok(rows)
}

fn write_tag(file: &mut impl Write, user: u32, movie: u32, tag: &str, second: u64) -> io::Result<()> {
    write!(file, "{user},{movie},")?;
    write_text(file, tag)?;
    write!(file, ",{second}\r\n")
}

const PLAIN_TAGS: &str = "0-60, 1980s, absurd, adapted from a book, aging, animals, atmospheric, \
    based on a true story, betrayal, black comedy, bleak, brothers, car chase, chess, \
    childhood, clever, coming of age, cooking, courtroom, cozy, deadpan, desert, detective, \
    dreamlike, ensemble cast, exile, family, friendship, gentle, ghosts, good soundtrack, \
    heist, island, jealousy, journalism, long takes, lonely, low budget, melancholy, \
    mountains, music, nonlinear, obsession, ocean, overlong, plot twist, politics, quirky, \
    rain, revenge, road trip, rural, satire, slow burn, small town, snow, survival, train, \
    unreliable narrator, visually striking";
const TAG_MOODS: &str = "angry, awkward, bittersweet, brutal, charming, cheerful, cheesy, cold, dark, earnest, \
    eerie, elegant, epic, fast, forgettable, fun, grim, haunting, hopeful, intimate, lavish, \
    minimal, moody, odd, playful, predictable, quiet, raw, sad, sentimental, sharp, silly, \
    stylish, surreal, tense, warm";
const TAG_SUBJECTS: &str = "acting, atmosphere, beginning, camera work, characters, choreography, city, colors, \
    costumes, dialogue, effects, ending, fights, future, hero, humor, landscape, love story, \
    marriage, music, mystery, narration, party, past, script, sets, story, village, villain, \
    voices";

/// The genome's tags in alphabetical order: the plain ones first, then combinations of a mood and a subject.
fn vocabulary(count: u32) -> Vec<String> {
    let moods: Vec<&str> = TAG_MOODS.split(", ").collect();
    let subjects: Vec<&str> = TAG_SUBJECTS.split(", ").collect();
    let mut tags: Vec<String> = PLAIN_TAGS.split(", ").map(str::to_owned).collect();
    for shift in 0..subjects.len() {
        for (mood, name) in moods.iter().enumerate() {
            // Walking down the diagonals mixes moods and subjects from the start.
            tags.push(format!("{name} {}", subjects[(mood + shift) % subjects.len()]));
        }
    }
    tags.truncate(index(count));
    let distinct: HashSet<&String> = tags.iter().collect();
    debug_assert_eq!(distinct.len(), tags.len(), "a tag occurs twice");
    tags.sort_unstable();
    tags
}

/// Writes genome-tags.csv and genome-scores.csv: every tag for the most popular movies.
fn write_genome(
    out: &Path,
    size: &Size,
    catalog: &Catalog,
    vocabulary: &[String],
    random: &mut Random,
) -> io::Result<()> {
    let mut tags_file = create(out, "genome-tags.csv", "tagId,tag")?;
    for (id, tag) in (1..).zip(vocabulary) {
        write!(tags_file, "{id},")?;
        write_text(&mut tags_file, tag)?;
        write!(tags_file, "\r\n")?;
    }
    tags_file.flush()?;

    // Some tags fit many movies, most fit few.
    let reach: Vec<u32> = vocabulary.iter().map(|_| 60 + whole(240.0 * random.unit() * random.unit())).collect();
    let mut covered: Vec<usize> = catalog.by_popularity.iter().take(index(size.genome_movies)).copied().collect();
    covered.sort_unstable();

    let mut scores_file = create(out, "genome-scores.csv", "movieId,tagId,relevance")?;
    for movie in covered {
        let id = catalog.movies[movie].id;
        for (tag_id, &reach) in (1..).zip(&reach) {
            let relevance = relevance(reach, random);
            write!(scores_file, "{id},{tag_id},{relevance:?}\r\n")?;
        }
    }
    scores_file.flush()
}

/// A share above 0 and up to 1: usually low, high for the tags that describe the movie.
fn relevance(reach: u32, random: &mut Random) -> f64 {
    let low = random.unit() * random.unit() * 0.45;
    let share = if random.below(1_000) < reach { (low + 0.3 + 0.6 * random.unit()).min(1.0) } else { low };
    let steps = whole(share * f64::from(RELEVANCE_STEPS)).clamp(1, RELEVANCE_STEPS);
    // The published values carry the noise of a subtraction in some of their digits, as 0.025000000000000022.
    if steps.is_multiple_of(4) {
        1.0 - f64::from(RELEVANCE_STEPS - steps) / f64::from(RELEVANCE_STEPS)
    } else {
        f64::from(steps) / f64::from(RELEVANCE_STEPS)
    }
}

/// Opens a file of the set and writes its header. Lines end in CRLF, as the published ones do.
fn create(out: &Path, name: &str, header: &str) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(out.join(name))?);
    write!(file, "{header}\r\n")?;
    Ok(file)
}

/// Writes a text field, in quotes only where it needs them.
fn write_text(file: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', '"', '\r', '\n']) {
        write!(file, "\"{}\"", text.replace('"', "\"\""))
    } else {
        file.write_all(text.as_bytes())
    }
}

/// `SplitMix64` (Steele, Lea and Flood 2014): small, fast, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, the bound.
    fn below(&mut self, bound: u32) -> u32 {
        narrow(((self.next() >> 32) * u64::from(bound)) >> 32)
    }

    fn below_u64(&mut self, bound: u64) -> u64 {
        // The remainder is slightly uneven, far below what the data could show.
        self.next() % bound
    }

    /// A number from 0 up to, but not including, 1.
    fn unit(&mut self) -> f64 {
        f64::from(narrow(self.next() >> 32)) / 4_294_967_296.0
    }

    /// Close to normal with mean 0 and deviation 1: the sum of twelve uniform numbers, free of logarithms.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[index(self.below(narrow(from.len() as u64)))]
    }

    /// One of the words in a list separated by commas.
    fn word(&mut self, list: &'static str) -> &'static str {
        let words = list.split(", ");
        let position = self.below(narrow(words.clone().count() as u64));
        words.clone().nth(index(position)).unwrap_or_default()
    }

    /// The index of an entry, drawn by its weight.
    fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut mark = self.below(weights.iter().sum());
        for (position, &weight) in weights.iter().enumerate() {
            if mark < weight {
                return position;
            }
            mark -= weight;
        }
        0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = index(self.below(narrow(last as u64 + 1)));
            items.swap(last, other);
        }
    }
}

/// Every number that passes through here was bounded by a `u32` before.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn index(value: u32) -> usize {
    value as usize
}

/// The whole part of a number that is neither negative nor large.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers pass 0 to 4 thousand million")]
fn whole(value: f64) -> u32 {
    value as u32
}
