//! The command line.

use lexopt::prelude::{Long, Short, ValueExt as _};

use crate::config::Config;

/// What `--help` prints.
pub const HELP: &str = "\
An S3 server in memory, for development and tests. It keeps nothing on disk: what it
holds is gone when it stops. Do not use it for data that matters.

Usage: s3-store-dev-server [options]

  --host ADDRESS             listen here                        [127.0.0.1]
  --port NUMBER              listen on this port, 0 for any     [0]
  --access-key-id ID         the access key that is let in      [dev]
  --secret-access-key KEY    its secret                         [development]
  --region NAME              the region to be signed for        [us-east-1]
  --bucket NAME              make this bucket; may be repeated
  --domain NAME              bucket.NAME addresses a bucket     [localhost]
  --exit-with-stdin          stop when standard input closes
  --help                     print this
  --version                  print the version

When it is ready it prints one line of JSON to standard output: endpoint, region,
accessKeyId, secretAccessKey and buckets. It stops at SIGINT and SIGTERM.
";

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve.
    Serve {
        /// The server's settings.
        config: Config,
        /// Stop when standard input closes.
        exit_with_stdin: bool,
    },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Reads a command line.
///
/// # Errors
/// An unknown option, a missing value, or a value that is not of the option's kind.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut config = Config::default();
    let mut exit_with_stdin = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("host") => config.host = parser.value()?.string()?,
            Long("port") => config.port = parser.value()?.parse()?,
            Long("access-key-id") => config.access_key_id = parser.value()?.string()?,
            Long("secret-access-key") => config.secret_access_key = parser.value()?.string()?,
            Long("region") => config.region = parser.value()?.string()?,
            Long("bucket") => config.buckets.push(parser.value()?.string()?),
            Long("domain") => config.domain = parser.value()?.string()?,
            Long("exit-with-stdin") => exit_with_stdin = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve {
        config,
        exit_with_stdin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, lexopt::Error> {
        parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn nothing_given_means_the_defaults() {
        let expected = Command::Serve {
            config: Config::default(),
            exit_with_stdin: false,
        };
        assert_eq!(parsed(&[]).unwrap(), expected);
    }

    #[test]
    fn options_are_read_and_buckets_add_up() {
        let arguments = [
            "--port=9000",
            "--bucket",
            "one",
            "--bucket",
            "two",
            "--exit-with-stdin",
            "--region",
            "eu-west-1",
        ];
        let Command::Serve {
            config,
            exit_with_stdin,
        } = parsed(&arguments).unwrap()
        else {
            panic!("not serving")
        };
        assert_eq!(
            (config.port, config.region.as_str(), exit_with_stdin),
            (9000, "eu-west-1", true)
        );
        assert_eq!(config.buckets, ["one", "two"]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [["--port", "many"], ["--nonsense", "x"], ["stray", "word"]] {
            assert!(parsed(&arguments).is_err(), "{arguments:?}");
        }
        assert!(parsed(&["--bucket"]).is_err());
    }
}
