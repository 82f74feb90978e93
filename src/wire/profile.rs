//! The shared files of AWS, and the profile that was chosen in them.

use std::fs::File;
use std::path::{Path, PathBuf};

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::config::Misconfigured;
use crate::settings::{Environment, Settings};

/// What the files say, as they were when they were read.
pub(crate) struct Profile {
    name: String,
    /// Whether somebody asked for this one.
    is_named: bool,
    files: EnvConfigFiles,
    set: ProfileSet,
}

impl Profile {
    /// Reads the files. The operating system's environment has no say in which.
    pub(crate) async fn load(settings: &Settings) -> Result<Self, Misconfigured> {
        let named = settings.profile();
        let name = named.unwrap_or("default").to_owned();
        let files = files(&settings.environment);
        let set = profile::load(
            &Fs::real(),
            &Env::from_slice(&[]),
            &files,
            Some(name.clone().into()),
        )
        .await
        .map_err(|error| {
            Misconfigured::invalid(format!("the profile files can't be used: {error}"))
        })?;
        Ok(Self {
            name,
            is_named: named.is_some(),
            files,
            set,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Whether a profile was asked for that is in none of the files.
    pub(crate) fn is_missing(&self) -> bool {
        self.is_named && self.set.get_profile(&self.name).is_none()
    }

    pub(crate) fn files(&self) -> EnvConfigFiles {
        self.files.clone()
    }

    /// A setting of the profile.
    pub(crate) fn get(&self, property: &str) -> Option<&str> {
        self.set.get(property).filter(|value| !value.is_empty())
    }

    /// A setting of the profile's `services` section for S3, else of the profile.
    pub(crate) fn get_for_s3(&self, property: &str) -> Option<String> {
        EnvConfigValue::new()
            .profile(property)
            .service_id("s3")
            .load(&Env::from_slice(&[]), Some(&self.set))
            .map(|(value, _)| value.into_owned())
            .filter(|value| !value.is_empty())
    }
}

/// The files that are there and can be read. The others are left out, as the JavaScript SDK does: most machines have
/// none, and a container's home is often not the user's.
fn files(environment: &Environment) -> EnvConfigFiles {
    let home = environment.get("HOME").map(Path::new);
    let kinds = [
        (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", "config"),
        (
            EnvConfigFileKind::Credentials,
            "AWS_SHARED_CREDENTIALS_FILE",
            "credentials",
        ),
    ];
    // The builder wants one file at least.
    let nothing = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "");
    kinds
        .into_iter()
        .filter_map(|(kind, variable, default)| {
            Some((kind, path(home, environment.get(variable), default)?))
        })
        .filter(|(_, path)| File::open(path).is_ok())
        .fold(nothing, |files, (kind, path)| files.with_file(kind, path))
        .build()
}

fn path(home: Option<&Path>, given: Option<&str>, default: &str) -> Option<PathBuf> {
    match (home, given) {
        (None, given) => given.map(PathBuf::from),
        (Some(home), None) => Some(home.join(".aws").join(default)),
        (Some(home), Some(given)) => Some(match given.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => PathBuf::from(given),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_where_the_variables_say_else_in_the_home() {
        let home = Some(Path::new("/home/me"));
        let cases = [
            (home, None, Some("/home/me/.aws/config")),
            (home, Some("/etc/aws"), Some("/etc/aws")),
            (home, Some("~/aws"), Some("/home/me/aws")),
            (None, Some("/etc/aws"), Some("/etc/aws")),
            (None, None, None),
        ];
        for (home, given, expected) in cases {
            assert_eq!(path(home, given, "config"), expected.map(PathBuf::from));
        }
    }

    #[tokio::test]
    async fn files_that_are_absent_are_left_out() {
        let settings = Settings::parse(
            r#"{ "id": 1, "bucket": "b", "profile": "work",
                 "environment": { "AWS_CONFIG_FILE": "/nonexistent/a", "HOME": "/nonexistent" } }"#,
        );
        let profile = Profile::load(&settings.unwrap()).await.ok().unwrap();
        assert!(profile.is_missing());
        assert_eq!(profile.get("region"), None);
    }
}
