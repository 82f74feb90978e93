//! A request's body that can still be read to its end after the operation has given it up.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// How many bytes of an unwanted body are read before the connection is given up instead.
const DRAIN_LIMIT: usize = 128 * 1024 * 1024;

/// A request's body, shared between the operation that reads it and [`RequestBody::drain`].
#[derive(Clone)]
pub(crate) struct RequestBody(Arc<Mutex<Incoming>>);

impl RequestBody {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self(Arc::new(Mutex::new(incoming)))
    }

    /// Reads what is left and drops it.
    ///
    /// An answer that is sent before the client has finished sending is lost when the connection then closes: the
    /// client sees a reset where S3 would have said why it refuses.
    pub(crate) async fn drain(mut self) {
        let mut drained = 0;
        while let Some(Ok(frame)) = self.frame().await {
            drained += frame.data_ref().map_or(0, Bytes::len);
            if drained > DRAIN_LIMIT {
                return;
            }
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut incoming = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *incoming).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .size_hint()
    }
}
