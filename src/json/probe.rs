//! The report of a probe.

use s3_store_core::{AbsentDelete, ETagForm, ETags, Evidence, Finding, ProbeReport};
use serde::Serialize;

use super::text;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    bucket: &'a str,
    prefix: &'a str,
    create: FindingJson<'a>,
    put_if_match: FindingJson<'a>,
    get_if_match: FindingJson<'a>,
    get_if_none_match: FindingJson<'a>,
    delete_if_match: FindingJson<'a>,
    multipart: FindingJson<'a>,
    copy: FindingJson<'a>,
    metadata: FindingJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etags: Option<ETagsJson>,
    absent_delete: AbsentDeleteJson<'a>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    verdict: &'static str,
    evidence: Vec<EvidenceJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    sent: &'a str,
    got: &'a str,
}

#[derive(Serialize)]
struct ETagsJson {
    given: &'static str,
    accepted: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AbsentDeleteJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    if_match: Option<&'a str>,
}

/// What a server makes of conditions.
pub(crate) fn probe(report: &ProbeReport) -> String {
    text(&ReportJson {
        endpoint: report.endpoint.as_deref(),
        bucket: &report.bucket,
        prefix: &report.prefix,
        create: finding(&report.create),
        put_if_match: finding(&report.put_if_match),
        get_if_match: finding(&report.get_if_match),
        get_if_none_match: finding(&report.get_if_none_match),
        delete_if_match: finding(&report.delete_if_match),
        multipart: finding(&report.multipart),
        copy: finding(&report.copy),
        metadata: finding(&report.metadata),
        etags: report.etags.as_ref().map(etags),
        absent_delete: absent_delete(&report.absent_delete),
    })
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        verdict: finding.verdict.name(),
        evidence: finding.evidence.iter().map(evidence).collect(),
        note: finding.note.as_deref(),
    }
}

fn evidence(evidence: &Evidence) -> EvidenceJson<'_> {
    EvidenceJson {
        sent: &evidence.sent,
        got: &evidence.got,
    }
}

fn etags(etags: &ETags) -> ETagsJson {
    ETagsJson {
        given: etags.given.name(),
        accepted: etags.accepted.iter().copied().map(ETagForm::name).collect(),
    }
}

fn absent_delete(found: &AbsentDelete) -> AbsentDeleteJson<'_> {
    AbsentDeleteJson {
        plain: found.plain.as_deref(),
        if_match: found.if_match.as_deref(),
    }
}
