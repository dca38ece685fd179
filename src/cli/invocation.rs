//! From arguments to a parsed project, and from there to a run.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::args::{ProjectArgs, RunArgs};
use super::commands::Failures;
use super::flags::Settings;
use super::reporting::{self, Refusal, Telling};
use crate::adapter::{self, Adapter};
use crate::artifact::{Metadata, Previous};
use crate::check;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Severity};
use crate::event::{Event, Events, Warning, WarningKind};
use crate::execute::{RunOptions, Runtime};
use crate::fetch;
use crate::jinja::{Engine, Facts, Message, Naming, Secrets, Session, python};
use crate::manifest::{Manifest, Moment, ResourceType, parse_moment};
use crate::outcome::{BatchResults, Timestamp, now};
use crate::project::{Behavior, DBT_VERSION, Environment, Flags, Package, Project, Yaml};
use crate::read::{self, ReadOptions, Renderer};
use crate::report::{Paint, Reporter, render};
use crate::select::{self, ColumnLineage, Indirect, Query, Selection, Selectors, State};

/// What every command has: arguments, environment, and where things are told.
pub struct Shell {
    /// Arguments.
    pub args: ProjectArgs,
    /// Environment variables.
    pub environment: Environment,
    /// Where things are told.
    pub events: Events,
    /// Id of the invocation.
    pub invocation_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Arguments as artifacts keep them.
    pub arguments: Map<String, Value>,
    /// All options, wherever they were set.
    pub settings: Settings,
    /// What `retry` runs again.
    pub retried: Option<Retried>,
    /// The same, to be asked for behavior.
    pub flags: Flags,
    /// Warnings about the options themselves, not told yet.
    early: Mutex<Vec<Diagnostic>>,
    /// `--vars`.
    vars: Map<String, Value>,
    /// What templates said before nodes run.
    said: Arc<Mutex<Vec<(Message, String)>>>,
    reporter: Reporter,
}

/// What an earlier run left to do.
pub struct Retried {
    /// The nodes.
    pub ids: Vec<String>,
    /// Its results.
    pub previous: Previous,
}

impl Retried {
    /// Batches of models of which some were built and some failed, and the moment that they were counted back from.
    ///
    /// dbt: a model without any built batch begins anew, so that a full refresh stays one.
    fn batches(&self) -> (HashMap<String, BatchResults>, Option<Moment>) {
        let results = self.previous.run_results.as_ref();
        let list = results.and_then(|results| results.get("results")).and_then(Value::as_array);
        let one = |result: &Value| {
            let batches = BatchResults::from_json(result.get("batch_results")?)?;
            let is_partial = !batches.successful.is_empty() && !batches.failed.is_empty();
            is_partial.then_some((result.get("unique_id")?.as_str()?.to_owned(), batches))
        };
        let metadata = results.and_then(|results| results.get("metadata"));
        let moment = |key: &str| parse_moment(metadata?.get(key)?.as_str()?);
        let until = moment("invocation_started_at").or_else(|| moment("generated_at"));
        (list.into_iter().flatten().filter_map(one).collect(), until)
    }
}

impl Shell {
    /// Starts the reporter.
    ///
    /// # Errors
    /// An argument is wrong, or the log file cannot be opened.
    pub fn start(
        args: &ProjectArgs,
        settings: &Settings,
        environment: Environment,
        command: &str,
    ) -> std::result::Result<Self, Refusal> {
        super::spans::start(&environment);
        let invocation_id = uuid::Uuid::new_v4().to_string();
        let vars = match args.vars.as_deref() {
            Some(text) => parse_vars(text)?,
            None => Map::new(),
        };
        // dbt: a variable of the command line with the prefix of secrets is one as well.
        let mut shown = vars.clone();
        let mut secrets = environment.secrets();
        for (_, value) in shown.iter_mut().filter(|(name, _)| Environment::is_secret(name)) {
            secrets.extend(value.as_str().map(str::to_owned));
            *value = json!("*****");
        }
        let root = &settings.root;
        // dbt: a log folder that is given lies below the working folder, the usual one below the project.
        let folder = match &args.log_path {
            Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
            None => root.join(read::setting_of(root, "log-path").unwrap_or_else(|| "logs".to_owned())),
        };
        let mut settings = settings.clone();
        let absolute = |path: &std::path::Path| json!(std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()));
        settings.values.insert("log_path".to_owned(), absolute(&folder));
        settings.values.insert("project_dir".to_owned(), absolute(root));
        let profiles = read::profiles_folder(args.profiles_dir.as_deref(), root, &environment);
        settings.values.insert("profiles_dir".to_owned(), absolute(&profiles));
        settings.values.insert("vars".to_owned(), Value::Object(shown));
        let flags = Flags::new(settings.values.clone());
        let telling = reporting::Wanted { args, command, root, folder: &folder, flags: &flags, secrets };
        let Telling { events, reporter, warnings } = reporting::start(&telling, &environment, &invocation_id)?;
        Ok(Self {
            args: args.clone(),
            environment,
            events,
            invocation_id,
            started_at: now(),
            arguments: settings.arguments(),
            settings,
            retried: None,
            flags,
            early: Mutex::new(warnings),
            vars,
            said: Arc::default(),
            reporter,
        })
    }

    /// Goes on as another command, that of an earlier run; what is told is told as before.
    ///
    /// # Errors
    /// The earlier variables cannot be read.
    pub fn become_again(&mut self, args: ProjectArgs, settings: Settings, retried: Retried) -> Result<()> {
        self.vars = args.vars.as_deref().map_or_else(|| Ok(Map::new()), parse_vars)?;
        self.args = args;
        let mut settings = settings;
        for name in ["log_path", "project_dir", "profiles_dir", "invocation_command"] {
            if let Some(value) = self.settings.values.get(name) {
                settings.values.insert(name.to_owned(), value.clone());
            }
        }
        settings.values.insert("vars".to_owned(), Value::Object(self.vars.clone()));
        self.arguments = settings.arguments();
        self.settings = settings;
        self.retried = Some(retried);
        Ok(())
    }

    /// Tells the warnings about options and environment.
    ///
    /// # Errors
    /// One of them is an error, by the user's choice.
    pub fn warn_early(&self, more: Vec<Warning>) -> Result<()> {
        more.into_iter().try_for_each(|warning| self.events.warn(warning))?;
        let early = std::mem::take(&mut *self.early.lock().unwrap_or_else(PoisonError::into_inner));
        early.into_iter().try_for_each(|warning| self.events.warn_of(warning))
    }

    /// Tells of an error before the reporter stands.
    #[expect(clippy::print_stderr, reason = "nothing else can tell yet")]
    pub fn failed_early(refusal: &Refusal) -> ExitCode {
        eprintln!("Encountered an error:\n{}", render::diagnostic(&refusal.error, None, Paint::Plain));
        ExitCode::from(refusal.code)
    }

    /// Waits until everything is told.
    pub fn finish(self) {
        self.reporter.finish(&self.events);
    }

    /// What artifacts say of the invocation.
    pub fn metadata(&self) -> Metadata {
        Metadata {
            invocation_id: self.invocation_id.clone(),
            started_at: self.started_at,
            env: self.environment.custom().into_iter().collect(),
        }
    }

    /// The project's folder.
    ///
    /// # Errors
    /// It does not exist.
    pub fn root(&self) -> Result<PathBuf> {
        let root = &self.settings.root;
        std::path::absolute(root).ok().and_then(|path| path.canonicalize().ok()).ok_or_else(|| {
            Box::new(Diagnostic::error(Class::Usage, format!("the folder {} does not exist", root.display())))
        })
    }

    /// Reads the project without parsing it.
    ///
    /// # Errors
    /// It cannot be read; all mistakes are given.
    pub fn read(&self) -> std::result::Result<(Project, Bag), Failures> {
        let mut bag = Bag::default();
        let options = self.read_options()?;
        let project = read::project(&options, &self.environment, &mut bag);
        match project {
            Ok(project) => Ok((project, bag)),
            Err(error) => {
                bag.push(*error);
                Err(bag.into())
            }
        }
    }

    /// What the command line says about where the project is and how it runs.
    ///
    /// # Errors
    /// The project's folder does not exist.
    pub fn read_options(&self) -> Result<ReadOptions> {
        Ok(ReadOptions {
            project_dir: self.root()?,
            profiles_dir: self.args.profiles_dir.clone().map(|path| std::path::absolute(&path).unwrap_or(path)),
            profile: self.args.profile.clone(),
            target: self.args.target.clone(),
            threads: if self.args.single_threaded { Some(1) } else { self.args.threads },
            target_path: self.args.target_path.clone(),
            log_path: self.args.log_path.clone(),
            vars: self.vars.clone(),
            version_check: !self.args.no_version_check,
            flags: self.flags.clone(),
            session: self.session(),
        })
    }

    /// What renders the properties of each package, by the folder of its files; the root's comes last.
    ///
    /// dbt: variables are those that the package itself would see.
    fn renderers(&self, session: &Session, project: &Project) -> Vec<(String, Renderer)> {
        let target = project.target.to_json();
        let installed = project.packages.iter().filter(|package| !package.builtin).rev();
        let of = |package: &Package| {
            let folder = package.root.strip_prefix(&project.root).unwrap_or(&package.root).display().to_string();
            let folder = if folder.is_empty() { folder } else { format!("{folder}/") };
            let names = project.vars.names(&package.name).into_iter();
            let known = |name: &str| project.vars.get(name, &package.name).cloned();
            let vars = names.filter_map(|name| Some((name.to_owned(), known(name)?))).collect();
            let renderer = Renderer::new(session, &self.environment, Secrets::Refused, &vars, Some(&target));
            // dbt: the root project's name, also in a package.
            (folder, renderer.within(&project.name))
        };
        installed.map(of).collect()
    }

    /// What `ref.config` tells: dbt's runtime configuration, as far as packages are known to ask for it.
    fn runtime_config(&self, project: &Project, arguments: &Map<String, Value>) -> Map<String, Value> {
        let packages = project.packages.iter().filter(|package| !package.builtin);
        let dependencies: Map<String, Value> = packages
            .map(|package| {
                let known = json!({
                    "project_name": package.name, "version": package.version, "project_root": package.root,
                });
                (package.name.clone(), known)
            })
            .collect();
        let root = project.root_package();
        let names = project.vars.names(&root.name).into_iter();
        let vars: Map<String, Value> =
            names.filter_map(|name| Some((name.to_owned(), project.vars.get(name, &root.name)?.clone()))).collect();
        let known = json!({
            "project_name": root.name, "version": root.version, "project_root": root.root,
            "profile_name": project.target.profile, "target_name": project.target.name,
            "threads": project.target.threads, "dependencies": dependencies, "vars": vars, "cli_vars": self.vars,
            "args": arguments,
        });
        known.as_object().cloned().unwrap_or_default()
    }

    /// What dbt compares to know whether a parsed project may be used again.
    fn vars_hash(&self, project: &Project) -> Event {
        let shown = self.settings.values.get("vars").and_then(Value::as_object).cloned().unwrap_or_default();
        // Python prints dictionaries for people in the order of their keys.
        let sorted: BTreeMap<String, Value> = shown.into_iter().collect();
        let vars = python::repr(&python::value_from_json(&Value::Object(sorted.into_iter().collect())));
        let (profile, target) = (project.target.profile.clone(), project.target.name.clone());
        let checksum = Sha256::digest([vars.as_str(), &profile, &target, DBT_VERSION].join("\0"));
        let checksum = format!("{checksum:x}");
        Event::StateCheckVarsHash { checksum, vars, profile, target }
    }

    /// What templates in YAML files may know of the invocation.
    fn session(&self) -> Session {
        Session {
            flags: self.settings.for_templates(),
            invocation_id: self.invocation_id.clone(),
            started_at: self.started_at,
            said: Arc::clone(&self.said),
        }
    }

    /// Reads and parses the project.
    ///
    /// # Errors
    /// All mistakes of reading, or all mistakes of parsing.
    pub fn open(&self, run: &RunArgs) -> std::result::Result<Invocation, Failures> {
        let (mut project, mut bag) = self.read()?;
        let session = self.session();
        let packages = Renderer::new(&session, &self.environment, Secrets::Allowed, &self.vars, None);
        fetch::check_installed(&project.root, &project.packages_path, &packages)?;
        // dbt: relative paths in SQL start at the project's folder. Where that cannot be entered, it could not be read.
        let _ = std::env::set_current_dir(&project.root);
        let adapter = adapter::open(&project.target.output, &project.root)?;
        let version = adapter_version(&project.target.kind);
        self.events.send(Event::AdapterRegistered { name: project.target.kind.clone(), version: version.to_owned() });
        let is_schema_given = project.target.output.get("schema").is_some_and(|schema| !schema.is_null());
        if project.target.database.is_empty() || !is_schema_given {
            let (database, schema) = adapter::default_place(&project.target.output, &project.root)?;
            if project.target.database.is_empty() {
                project.target.database = database.unwrap_or_default();
            }
            if let Some(schema) = schema.filter(|_| !is_schema_given) {
                project.target.schema = schema;
            }
        }
        let mut flags = self.settings.for_templates();
        flags.insert("FULL_REFRESH".to_owned(), json!(run.full_refresh));
        flags.insert("FAIL_FAST".to_owned(), json!(run.fail_fast));
        flags.insert("STORE_FAILURES".to_owned(), json!(run.store_failures));
        flags.insert("EMPTY".to_owned(), json!(run.empty));
        let mut arguments = self.arguments.clone();
        let runs = [("full_refresh", run.full_refresh), ("fail_fast", run.fail_fast)];
        arguments.extend(runs.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| ((*name).to_owned(), json!(true))));
        arguments.extend(run.event_time.arguments()?);
        let renderers = self.renderers(&session, &project);
        let of_root = &renderers[renderers.len() - 1].1;
        let layout = match self.flags.is(Behavior::UseCatalogsV2) {
            true => read::Layout::Second,
            false => read::Layout::First,
        };
        let facts = Arc::new(Facts {
            project: project.name.clone(),
            target: project.target.to_json(),
            adapter: project.target.kind.clone(),
            naming: naming(&project, adapter.as_ref()),
            vars: project.vars.clone(),
            environment: self.environment.clone(),
            flags,
            runtime: self.runtime_config(&project, &arguments),
            arguments: arguments.clone(),
            catalogs: read::catalogs(&project.root, layout, &project.target.kind, of_root)?,
            invocation_id: self.invocation_id.clone(),
            started_at: self.started_at,
            said: Arc::clone(&self.said),
        });
        let renderer = |yaml: &Yaml| {
            let path = yaml.source.path();
            let found = renderers.iter().find(|(folder, _)| path.starts_with(folder)).unwrap_or(&renderers[0]);
            &found.1
        };
        let render = |yaml: &Yaml| read::render_properties(yaml, renderer(yaml));
        #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit")]
        let created_at = self.started_at.timestamp_micros() as f64 / 1e6;
        self.events.send(self.vars_hash(&project));
        match self.settings.values.get("partial_parse") {
            Some(Value::Bool(false)) => self.events.send(Event::PartialParsingNotEnabled),
            // Nobody else needs to know: it is how this program always works.
            _ if self.settings.typed.contains(&"partial_parse") => {
                let reason = "no parsed project is ever kept".to_owned();
                self.events.send(Event::UnableToPartialParse { reason });
            }
            _ => {}
        }
        let indirect = self.settings.values.get("indirect_selection").and_then(Value::as_str);
        let indirect = indirect.and_then(Indirect::from_name).unwrap_or_default();
        let selectors = match read::selectors(&project.root, of_root)? {
            Some(yaml) => Selectors::read(&yaml, indirect)?,
            None => Selectors::default(),
        };
        let parsed = crate::parse::manifest(&project, &facts, created_at, &render, &mut bag);
        for (kind, message) in facts.said.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if kind == Message::Warning {
                self.events.warn(Warning::new(WarningKind::JinjaLogWarning, message))?;
                continue;
            }
            self.events.send(match kind {
                Message::Info => Event::JinjaLogInfo { node: None, message },
                Message::Print => Event::Print { message },
                _ => Event::JinjaLogDebug { node: None, message },
            });
        }
        self.warn(&bag)?;
        for warning in parsed.warnings {
            self.events.warn(warning)?;
        }
        if bag.has_errors() {
            return Err(bag.into());
        }
        let state = super::state::compared(self, &project)?;
        let deferral = super::state::deferral(self, &project, state.as_deref())?;
        let (earlier_batches, batches_until) = self.retried.as_ref().map(Retried::batches).unwrap_or_default();
        let options = RunOptions {
            empty: run.empty,
            fail_fast: run.fail_fast,
            threads: project.target.threads,
            event_time: run.event_time.window()?,
            sample: run.event_time.sample(self.started_at)?,
            arguments,
            deferral,
            keeper: super::artifacts::keeper(self, &project.target_path),
            earlier_batches,
            batches_until,
        };
        let manifest = Arc::new(parsed.manifest);
        // It is needed until the process ends, and the process gives back its memory faster than piece by piece.
        std::mem::forget(Arc::clone(&manifest));
        Ok(Invocation {
            selectors: Arc::new(selectors),
            state,
            project: Arc::new(project),
            manifest,
            engine: parsed.engine,
            facts,
            adapter,
            options,
        })
    }

    /// Tells the warnings of a stage.
    ///
    /// # Errors
    /// A warning is an error, by the user's choice; the first one, or under the behavior flag
    /// `enable_grouped_warn_error_parser_logs` all of them in one.
    pub fn warn(&self, bag: &Bag) -> Result<()> {
        let grouped = self.flags.is(Behavior::EnableGroupedWarnErrorParserLogs);
        let mut stopped: Option<Box<Diagnostic>> = None;
        for warning in bag.items.iter().filter(|item| item.severity == Severity::Warning) {
            match (self.events.warn_of(warning.clone()), &mut stopped) {
                (Ok(()), _) => {}
                (Err(error), _) if !grouped => return Err(error),
                (Err(error), None) => stopped = Some(error),
                (Err(error), Some(first)) => {
                    first.message = format!("{}\n{}", first.message, error.message);
                    first.labels.extend(error.labels);
                }
            }
        }
        stopped.map_or(Ok(()), Err)
    }
}

/// How names of relations are written: as the project says, and else as the warehouse likes it.
fn naming(project: &Project, adapter: &dyn Adapter) -> Naming {
    let mut naming = Naming::of(adapter.dialect());
    let said = project.root_package().quoting;
    for (own, said) in naming.quoted.iter_mut().zip([said.database, said.schema, said.identifier]) {
        *own = said.unwrap_or(*own);
    }
    naming
}

/// The version of dbt's adapter whose behavior ours is.
pub fn adapter_version(kind: &str) -> &'static str {
    if kind == "duckdb" { "=1.11.1" } else { "=1.12.0" }
}

fn parse_vars(text: &str) -> Result<Map<String, Value>> {
    let yaml = Yaml::parse_text("<--vars>", text)?;
    match yaml.to_json() {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Box::new(
            Diagnostic::error(Class::Usage, "The YAML provided in the --vars argument is not a mapping")
                .label(yaml.span(), "")
                .help("write `--vars '{name: value}'`, with a blank after the colon"),
        )),
    }
}

/// A parsed project, ready to run.
pub struct Invocation {
    /// The project.
    pub project: Arc<Project>,
    /// The manifest.
    pub manifest: Arc<Manifest>,
    /// Templates and macros.
    pub engine: Engine,
    /// Context.
    pub facts: Arc<Facts>,
    /// The warehouse.
    pub adapter: Arc<dyn Adapter>,
    /// Options.
    pub options: RunOptions,
    /// The selections of `selectors.yml`.
    pub selectors: Arc<Selectors>,
    /// What `--state` names.
    pub state: Option<Arc<State>>,
}

impl Invocation {
    /// The selected nodes among the kinds that a command takes.
    ///
    /// # Errors
    /// A criterion cannot be understood.
    pub fn select(&self, shell: &Shell, mut query: Query, kinds: &[ResourceType]) -> Result<Selection> {
        if query.resource_types.is_empty() {
            query.resource_types = kinds.to_vec();
        } else {
            query.resource_types.retain(|kind| kinds.contains(kind));
            if query.resource_types.is_empty() {
                // The command takes none of the kinds that are asked for, and an empty list would mean all.
                query.exclude_resource_types = ResourceType::ALL.to_vec();
            }
        }
        if let Some(retried) = &shell.retried {
            super::retry::check(&retried.ids, |id| self.manifest.node(id).is_some())?;
            return Ok(select::sorted(&self.manifest, &retried.ids));
        }
        query.selectors = Arc::clone(&self.selectors);
        query.state.clone_from(&self.state);
        query.columns = Some(self.column_lineage(shell));
        let asked = !query.select.is_empty() || !query.exclude.is_empty();
        match (&query.selector, asked) {
            (Some(_), true) => shell.events.warn(Warning::new(
                WarningKind::SelectExcludeIgnoredWithSelectorWarning,
                "The --select and --exclude arguments are being ignored for node selection because --selector is \
                 provided",
            ))?,
            (None, false) => {
                query.selector = self.selectors.default_name().map(str::to_owned);
                if let Some(name) = &query.selector {
                    shell.events.send(Event::DefaultSelector { name: name.clone() });
                }
            }
            _ => {}
        }
        let selected = select::nodes(&self.manifest, &query)?;
        for (kind, warning) in &selected.warnings {
            shell.events.warn_of(warning.clone().kind(*kind))?;
        }
        Ok(selected.selection)
    }

    /// The column lineage of the project, for selections that follow a column.
    pub fn column_lineage(&self, shell: &Shell) -> Arc<ColumnLineage> {
        let runtime = self.runtime(shell, &Selection::default());
        Arc::new(ColumnLineage::new(move || check::lineage(&runtime)))
    }

    /// What a run needs.
    pub fn runtime(&self, shell: &Shell, selection: &Selection) -> Arc<Runtime> {
        Arc::new(Runtime::new(
            Arc::clone(&self.project),
            Arc::clone(&self.manifest),
            self.engine.clone(),
            Arc::clone(&self.facts),
            Arc::clone(&self.adapter),
            shell.events.clone(),
            self.options.clone(),
            selection.iter().map(str::to_owned).collect(),
        ))
    }

    /// Tells what the project holds. dbt: `Found 5 models, 3 data tests, ...`.
    pub fn tell_found(&self, shell: &Shell) {
        self.tell_counts(shell);
        shell.events.send(Event::blank());
    }

    /// The same without an empty line behind it.
    pub fn tell_counts(&self, shell: &Shell) {
        let of = |kind: ResourceType| self.manifest.nodes.values().filter(|node| node.resource_type == kind).count();
        let counts = [
            ("model", "models", of(ResourceType::Model)),
            ("seed", "seeds", of(ResourceType::Seed)),
            ("snapshot", "snapshots", of(ResourceType::Snapshot)),
            ("analysis", "analyses", of(ResourceType::Analysis)),
            ("operation", "operations", of(ResourceType::Operation)),
            ("data test", "data tests", of(ResourceType::Test)),
            ("source", "sources", of(ResourceType::Source)),
            ("exposure", "exposures", of(ResourceType::Exposure)),
            ("metric", "metrics", of(ResourceType::Metric)),
            ("macro", "macros", self.manifest.macros.len()),
            ("group", "groups", self.manifest.groups.len()),
            ("semantic model", "semantic models", of(ResourceType::SemanticModel)),
            ("saved query", "saved queries", of(ResourceType::SavedQuery)),
            ("unit test", "unit tests", of(ResourceType::UnitTest)),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(one, many, count)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        shell.events.send(Event::FoundStats { stat_line: parts.join(", ") });
    }
}
