/**
 * Opens a store on a bucket. No request is made, and the bucket isn't looked for.
 *
 * Without options the store finds region, endpoint and credentials as every AWS tool does: environment variables (as
 * `process.env` has them at this moment), profiles, SSO, web identity, container and instance credentials. Of the
 * process's own environment, which a worker's or jest's `process.env` may differ from, it uses only what signing in
 * takes beyond that: the variables of containers (`AWS_CONTAINER_*`) and of instance metadata, the endpoints of STS and
 * SSO, and the home of SSO's cache.
 *
 * @param bucket - The bucket's name, or the ARN of an access point: not empty, at most 255 characters, without
 * whitespace, control characters and (but for an ARN) slashes. A store that works through its client refuses only the
 * empty one.
 * @param options - See {@link createS3Store.S3StoreOptions}.
 * @returns The store.
 * @throws TypeError or RangeError, with a `code` and the name of the `argument`, for bad input.
 * @throws Error with the code `ERR_NATIVE_BINDING` where the native addon can't be loaded; its message says why and
 * what helps.
 *
 * @example
 * ```js
 * const store = createS3Store('my-bucket')
 * const created = await store.createObject('greeting', 'hello', { contentType: 'text/plain' })
 * const updated = await store.putObjectIfMatch('greeting', 'hello again', created.etag)
 * ```
 */
declare function createS3Store(bucket: string, options?: createS3Store.S3StoreOptions): createS3Store.S3Store

declare namespace createS3Store {
  export { createS3Store, createS3Store as default }

  /**
   * Puts JSON in front of a store: values go in and come out, encoded and decoded by `JSON`.
   *
   * @typeParam T - What the bucket's objects are.
   * @param store - A store, or any object with its methods. Only those are called.
   * @param options - How values are checked when they are read, and written as text.
   * @throws TypeError with the code `ERR_INVALID_ARG_TYPE` when `store` is no object, for bad options with one that names them.
   *
   * @example
   * ```js
   * const json = createJsonWrapper(store)
   * const etag = await json.createObject('settings', { theme: 'dark' })
   * const [settings, current] = await json.getObject('settings')
   * ```
   */
  export function createJsonWrapper<T = any>(store: ObjectStore, options?: JsonOptions<T>): JsonS3Store<T>

  // ---------------------------------------------------------------------------------------------------------- options

  /** How a store reaches S3. The list is closed: an unknown name is a `TypeError`. `undefined` means not given. */
  export interface S3StoreOptions {
    /**
     * An `S3Client` of `@aws-sdk/client-s3`, or any object with its `send`.
     *
     * An `S3Client` is *adopted*: its region, endpoint, credentials, path style, attempts and timeouts are read from
     * its configuration, and native code does the work. Where it carries what native code can't (added or replaced
     * middleware, a logger, request handler, endpoint provider, URL parser, hash, signer or retry strategy of its own, an
     * agent with its own certificates), every call goes through `client.send` instead; while it has middleware that was
     * added since, or its `send` is replaced (by a mock, a spy or tracing), those do that are made meanwhile. What it calls
     * itself (`customUserAgent`, `userAgentAppId`) is left out of native requests. Any other object is always called
     * through its `send`. {@link S3Store.engine} tells which it is, for certain once a call was made.
     *
     * The connection settings below can't be given beside it. `maxAttempts`, the timeouts and `maxConnections` can,
     * and go before the client's; a call that goes through `client.send` knows only the client's.
     *
     * A call that goes through `client.send` is one plain `send`: the client repeats as it sees fit, and a repeated write
     * can meet its own earlier attempt as a conflict. Nothing of what {@link S3Store} promises about lost answers holds
     * there: no write ids, no {@link AmbiguousWriteError}, no {@link S3Store.resolveWrite}, no verification of the server;
     * `recovery`, `readBack`, `conditions`, `verifyPrefix` and `checksum` are ignored; what checksums are sent and compared there is
     * the client's business, and what does not fit rejects with the client's own error.
     */
    client?: { send(command: any): Promise<any> } | undefined
    /**
     * Who does the work, where it must not be decided by itself. `'native'` with a client that can't be adopted is a
     * `TypeError` that names what would be dropped: at once, or from the first call where only the client's resolved
     * configuration shows it (an agent of its own). `'client'` needs a client.
     */
    engine?: Engine | undefined
    /** The region, such as `eu-west-1`. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's. */
    region?: string | undefined
    /**
     * The server's URL, with `http:` or `https:`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's
     * `endpoint_url`, then AWS itself. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` leaves out all but the last.
     */
    endpoint?: string | WebUrl | undefined
    /**
     * Credentials, or a function that provides them. It is called when they are first needed and again ahead of their
     * `expiration`; where it takes longer than {@link requestTimeout} it is given up, and the next call asks again.
     * `'anonymous'`: no request is signed, and no credentials are looked for; what a bucket allows everybody can be done so.
     * {@link S3Store.presign} then rejects with a `CredentialsProviderError`. Default: the chain that every AWS tool
     * follows.
     */
    credentials?: Credentials | CredentialsProvider | 'anonymous' | undefined
    /** The profile of the shared configuration files. Default: `AWS_PROFILE`, then `default`. */
    profile?: string | undefined
    /**
     * Puts the bucket into the path (`https://host/bucket/key`) and not before the host. Default: `false`, but `true`
     * where the endpoint's host is an IP address or a single label, such as `localhost` or `minio`.
     */
    forcePathStyle?: boolean | undefined
    /**
     * Whether to use AWS's FIPS endpoints. Not together with `endpoint`. Default: `AWS_USE_FIPS_ENDPOINT`, the profile's, then
     * `false`.
     */
    useFipsEndpoint?: boolean | undefined
    /**
     * Whether to use AWS's endpoints for IPv4 and IPv6. Not together with `endpoint`. Default:
     * `AWS_USE_DUALSTACK_ENDPOINT`, the profile's, then `false`.
     */
    useDualstackEndpoint?: boolean | undefined
    /**
     * Whether to use S3 Transfer Acceleration, which the bucket must have enabled. Not together with `endpoint`,
     * `forcePathStyle` or `useFipsEndpoint`. Default: `false`.
     */
    useAccelerateEndpoint?: boolean | undefined
    /**
     * The certificate authorities to trust, in PEM: text or bytes, each with one certificate or more. As `ca` of Node's TLS they
     * *replace* all others: the system's, and those of `NODE_EXTRA_CA_CERTS`. To add one to the well-known ones:
     * `[...tls.rootCertificates, mine]`. They are trusted for what the store asks for credentials over TLS, too. Default: the
     * system's and those of `NODE_EXTRA_CA_CERTS`; where the system has none, Node's own.
     */
    ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
    /**
     * Takes whoever answers for the server: no certificate is verified, of a proxy neither, so that anybody on the way can read
     * and change everything. Where credentials are asked for, it is verified all the same. For tests; the process warns once
     * (`S3StoreWarning`). Not together with `ca`, which is nearly always what is wanted. Default: `false`.
     */
    dangerouslySkipTlsVerification?: boolean | undefined
    /**
     * The proxy that every request goes through, with `http:` or `https:`, such as `http://user:password@proxy.example:3128`:
     * a server on this machine is asked through it, too, but not instance metadata. A server with `https:` is reached through a
     * tunnel (`CONNECT`), in which the proxy reads nothing. `false`: none. It goes before the variables. Default: for an
     * endpoint with `https:` `HTTPS_PROXY`, else `HTTP_PROXY`, but not for this machine, and what `NO_PROXY` lists.
     */
    proxy?: string | WebUrl | false | undefined
    /** How many times a call is tried, at least 1. Default: 3. */
    maxAttempts?: number | undefined
    /** The longest that connecting may take, in milliseconds, for each attempt. Finite by default. */
    connectionTimeout?: number | undefined
    /** The longest that an attempt may take until it is answered, in milliseconds. Finite by default. */
    requestTimeout?: number | undefined
    /** The longest that a whole call may take, all attempts together, in milliseconds. Default: no such limit. */
    timeout?: number | undefined
    /** How many connections the store has open at most. Calls beyond that wait. Default: 128. */
    maxConnections?: number | undefined
    /**
     * Whether a write carries a write id, 128 random bits as the metadata `s3-store-write-id`, by which it is recognised
     * when its answer was lost. It costs 49 of the 2,048 bytes that S3 has for metadata. Without it, a conflict after a lost
     * answer is an {@link AmbiguousWriteError}. A call can say otherwise. Default: `true`.
     */
    recovery?: boolean | undefined
    /**
     * When a write that met a conflict looks at the key (one HEAD) before it says so. `'always'`: something between here
     * and S3, such as a proxy, may have repeated the request, which then meets itself. `'ambiguous'`: only after an attempt
     * of the store's own that may have written. Default: `'always'`.
     */
    readBack?: 'always' | 'ambiguous' | undefined
    /**
     * Some servers answer 200 to a conditional write whatever its condition, and overwrite. `'verify'` finds them out:
     * before the first conditional write of a kind (put, delete, copy), once per process, endpoint and bucket, the server has to
     * enforce conditions on a fresh random key under {@link verifyPrefix}. One that doesn't is refused with an
     * {@link UnsupportedBucketOperationError} before anything of the caller's is sent. Where writing there isn't allowed,
     * puts go on with one process warning (`S3StoreWarning`), and conditional deletes and copies are refused. Nothing is done on AWS's
     * own endpoints. `'trust'` asks nothing. Default: `'verify'`.
     */
    conditions?: 'verify' | 'trust' | undefined
    /**
     * The checksum that every write sends along, so that S3 takes only what was sent and keeps the checksum with the object; and
     * whether every read compares what it reads with the checksum that the object has, whichever that is. What does not fit is a
     * {@link ChecksumMismatchError}, and what was read is not given out as good: a stream ends with it in place of its last piece, a
     * file is not put in its place. `false`: neither. Default: on AWS's own endpoints `'CRC64NVME'`, which S3 itself computes; on
     * others `false`, because not every server knows what to do with it; `false`, too, where `AWS_REQUEST_CHECKSUM_CALCULATION` or
     * `AWS_RESPONSE_CHECKSUM_VALIDATION` is `when_required`, or a client is set so.
     *
     * Of copies and links S3 computes what it computes. Not compared are parts (`range`), objects without a checksum, and those whose
     * `response.ChecksumType` is `COMPOSITE`, a checksum of those of the parts that they were uploaded in: here under SHA1 and SHA256, by
     * other tools often under CRC32, too. A file that is compared costs one HEAD, and is read once more when it is there.
     */
    checksum?: ChecksumAlgorithm | false | undefined
    /**
     * Where the keys lie on which a server proves itself: not empty, at most 985 bytes of UTF-8. They are deleted again, as
     * far as that is allowed. Default: `.s3-store-native/`.
     */
    verifyPrefix?: string | undefined
    /**
     * How requests for objects are made: by this package's own wire, or by the client of the AWS SDK for Rust. Both send the
     * same; the second is there to measure and test against. What the first can't do (directory buckets, multi-region
     * access points) goes by the second in any case. Default: `'direct'`.
     */
    wire?: 'direct' | 'sdk' | undefined
  }

  /** `'native'` when native code does the work, `'client'` when the calls go through the client. */
  export type Engine = 'native' | 'client'

  /** An access key, as the JavaScript SDK has it. */
  export interface Credentials {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string | undefined
    /** When they end. Without it they last for ever. */
    readonly expiration?: Date | undefined
  }

  /** Provides credentials. What it throws becomes the `cause` of the error of the call that needed them. */
  export type CredentialsProvider = () => Promise<Credentials>

  /** What ends a call early: every call takes these. The list is closed. */
  export interface CallOptions {
    /**
     * Ends the call: it rejects with the signal's `reason`, the very object, and its transfer is stopped. A signal that has
     * aborted already keeps the call from sending anything; one that aborts after the call is done changes nothing.
     *
     * A conditional write that may have been sent by then rejects with {@link AmbiguousWriteError}, whose `cause` is the
     * reason; nobody looks what became of it, but {@link S3Store.resolveWrite} can. A
     * `deleteObject`, `deleteObjects` or `putTags`, which have no condition, rejects with the reason and may have been carried out all the same.
     *
     * The signal of a get also ends the reading of a body that is still with the server (over 256 KiB). A write in parts first has its
     * upload taken away, for which a server that keeps silent is given up to 6 seconds, 10 of a copy.
     *
     * Through a client it is handed on, as the `abortSignal` of `send`, and the call always rejects with the reason: a write
     * may have landed, or may land yet.
     */
    signal?: AbortSignalLike | undefined
    /**
     * The longest that the whole call may take, all attempts together, in milliseconds, at least 1. The call then rejects with
     * an error named `TimeoutError` with the code `ETIMEDOUT`; a conditional write that may have been sent, with
     * {@link AmbiguousWriteError}. The reading of a body that is still with the server is not part of the call. Through a client
     * the error is always the `TimeoutError`, and a write may have landed, or may land yet. Default:
     * {@link S3StoreOptions.timeout}; through a client none.
     */
    timeout?: number | undefined
  }

  /**
   * What every request for an object may need, as S3 has it. The list is closed. A write takes it along when it is read back.
   */
  export interface AccessOptions extends CallOptions {
    /** The AWS account that must own the bucket (`x-amz-expected-bucket-owner`); 403 otherwise. */
    expectedBucketOwner?: string | undefined
    /** `'requester'`: the caller pays for the request, in a bucket that asks for that (`x-amz-request-payer`). */
    requestPayer?: 'requester' | (string & {}) | undefined
    /**
     * The key that the object is encrypted with (SSE-C): 32 bytes. Whoever loses it loses the object. It is sent, with its
     * algorithm (AES256) and digest, over TLS alone: over plain HTTP the call is refused, but on this machine.
     */
    sseCustomerKey?: Uint8Array | undefined
  }

  /** How far the bytes of a call have come. */
  export interface Progress {
    /** Bytes that have arrived so far. */
    readonly loaded: number
    /** Bytes that there are, where that is known. */
    readonly total?: number | undefined
  }

  /** What a call takes that moves an object's bytes. */
  export interface ProgressOptions {
    /**
     * Called with how far the bytes have come: of a write, whenever S3 has confirmed some (each part of an upload; a body that goes in one
     * request only at its end); of a read, with each piece that is handed out; of a file that is read into, with each piece that
     * is on the disk. All of an upload in parts is not yet an object: the condition is judged after the last of them. Where an upload is
     * made anew, it begins anew. What it throws is an uncaught exception. The native engine's
     * alone: through a client it is an {@link UnsupportedBucketOperationError}. Default: nobody is told.
     */
    onProgress?: ((progress: Progress) => void) | undefined
  }

  /** S3's names of the checksums that the store computes. */
  export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

  /** What a head takes. The list is closed. */
  export interface HeadOptions extends AccessOptions {
    /**
     * Asks for the checksum that the object has (`response.ChecksumCRC32` and so on); a get compares what it reads with it, as
     * {@link S3StoreOptions.checksum} says. Default: as the store has it for a get; a head does not ask.
     */
    checksumMode?: 'ENABLED' | undefined
    /** The version to look at; the current one by default. */
    versionId?: string | undefined
    /**
     * Only if the object has another etag than this one (`If-None-Match`). Otherwise the result is a
     * {@link NotModifiedResult}. Not together with `ifModifiedSince`.
     */
    ifNoneMatch?: string | undefined
    /** Only if the object was written after this, to the second (`If-Modified-Since`). As `ifNoneMatch` otherwise. */
    ifModifiedSince?: Date | undefined
  }

  /** What a link can be for. */
  export type PresignMethod = 'GET' | 'HEAD' | 'PUT' | 'DELETE'

  /** What every link takes. */
  export interface PresignOptions {
    /**
     * How long the link works, in seconds: 1 to 604,800, a week. It ends with the credentials in any case. Default: 900.
     */
    expiresIn?: number | undefined
    /** Only for the object that has this etag. */
    ifMatch?: string | undefined
  }

  /** What a link to read takes: of its conditions, one. */
  export interface PresignGetOptions extends Omit<GetOptions, 'onProgress'>, PresignOptions {}

  /** What a link to look takes: of its conditions, one. */
  export interface PresignHeadOptions extends HeadOptions, PresignOptions {}

  /** What a link to write takes: one of `ifNoneMatch` and `ifMatch` must be given. */
  export interface PresignPutOptions extends Omit<WriteOptions, 'maxAttempts' | 'checksum'>, PresignOptions {
    /** Only where there is no object. */
    ifNoneMatch?: '*' | undefined
    /** The `Content-Type` that must be sent. Without it, whoever uploads says what it is. */
    contentType?: string | undefined
  }

  /** What a link to delete takes. */
  export interface PresignDeleteOptions extends DeleteObjectOptions, PresignOptions {}

  /** What a listing takes beside its prefix. The list is closed. */
  export interface ListOptions extends CallOptions {
    /**
     * What separates the parts of a key, such as `/`. Keys that have it beyond the prefix are not listed themselves: what they
     * have in common up to there is, once, in {@link ListedPage.commonPrefixes}.
     */
    delimiter?: string | undefined
    /** Lists only what comes after this, in the order of UTF-8 bytes. It need not be a key. */
    startAfter?: string | undefined
    /** How many keys and common prefixes a page has at most: 1 to 1,000. Default: S3's own, 1,000. */
    pageSize?: number | undefined
    /** As in {@link AccessOptions.expectedBucketOwner}. */
    expectedBucketOwner?: string | undefined
    /** As in {@link AccessOptions.requestPayer}. */
    requestPayer?: 'requester' | (string & {}) | undefined
  }

  /** What a listing of versions takes beside its prefix. The list is closed. S3 has no place for it to start after. */
  export interface ListVersionsOptions extends Omit<ListOptions, 'startAfter'> {}

  /** What reads or replaces the tags of an object takes. The list is closed. */
  export interface TagOptions extends CallOptions {
    /** The version whose tags are meant; the current one by default. */
    versionId?: string | undefined
    /** As in {@link AccessOptions.expectedBucketOwner}. */
    expectedBucketOwner?: string | undefined
    /** As in {@link AccessOptions.requestPayer}. */
    requestPayer?: 'requester' | (string & {}) | undefined
  }

  /** What a get under an etag takes. The list is closed. */
  export interface GetIfMatchOptions extends AccessOptions, ProgressOptions {
    /**
     * One part of the object: first and last byte, both included, as in `fs.createReadStream`; or as in the header, such as
     * `bytes=0-99`, `bytes=100-` or `bytes=-100`. A part that begins beyond the end is an error named `InvalidRange`; one that
     * ends there is as long as the object lets it be (`response.ContentRange`).
     */
    range?: { readonly start?: number | undefined; readonly end?: number | undefined } | string | undefined
    /** The version to read; the current one by default. */
    versionId?: string | undefined
    /** As in {@link HeadOptions.checksumMode}. */
    checksumMode?: 'ENABLED' | undefined
    /** The `Cache-Control` that the answer is to have in place of the object's own. Likewise the following. */
    responseCacheControl?: string | undefined
    responseContentDisposition?: string | undefined
    responseContentEncoding?: string | undefined
    responseContentLanguage?: string | undefined
    responseContentType?: string | undefined
    responseExpires?: Date | undefined
  }

  /** What a get takes. The list is closed. */
  export interface GetOptions extends GetIfMatchOptions, HeadOptions {}

  /** Reads whether something has changed or not: the result is never a {@link NotModifiedResult}. */
  export interface ReadAlways {
    ifNoneMatch?: undefined
    ifModifiedSince?: undefined
  }

  /** What a write takes beside key and body. The list is closed; beyond the first four it is S3's. */
  export interface WriteOptions extends AccessOptions {
    /** The `Content-Type`: printable ASCII, not empty. Default: `application/json`. */
    contentType?: string | undefined
    /**
     * The object's own metadata (`x-amz-meta-*`): names are header tokens, of which case is ignored and comes back
     * lower; values are printable ASCII without spaces at the edges. S3 takes 2 KB in all, of which the store needs 49
     * bytes for `s3-store-write-id`: a name that can't be given. 64 names at most: each is a header of every answer.
     */
    metadata?: Readonly<Record<string, string>> | undefined
    /** As in {@link S3StoreOptions.recovery}, for this write. Default: the store's. */
    recovery?: boolean | undefined
    /**
     * How many times this call is tried, at least 1. With 1 the store repeats nothing: what may be repeated then is left to the
     * network. Default: the store's.
     */
    maxAttempts?: number | undefined
    /** `Cache-Control`. */
    cacheControl?: string | undefined
    /** `Content-Disposition`. */
    contentDisposition?: string | undefined
    /** `Content-Encoding`, of a body that is encoded already. */
    contentEncoding?: string | undefined
    /** `Content-Language`. */
    contentLanguage?: string | undefined
    /** `Expires`, to the second. */
    expires?: Date | undefined
    /** S3's storage class, such as `INTELLIGENT_TIERING`. Default: `STANDARD`. */
    storageClass?: string | undefined
    /**
     * The checksum that is computed here and sent along, with each part of an upload, too; S3 takes the write only if it fits, and
     * keeps it with the object. What doesn't fit is a {@link ChecksumMismatchError}. Of a copy, S3 computes it, and only if it is given here. Default: the
     * store's ({@link S3StoreOptions.checksum}).
     */
    checksum?: ChecksumAlgorithm | undefined
    /** The object's tags, at most 10. */
    tagging?: Readonly<Record<string, string>> | undefined
    /** Where a bucket that is a website sends those who ask for the object. */
    websiteRedirectLocation?: string | undefined
    /** How S3 encrypts the object: `AES256`, `aws:kms`, `aws:kms:dsse`. Default: the bucket's. */
    serverSideEncryption?: string | undefined
    /** The KMS key. Default: the bucket's, then AWS's own. */
    sseKmsKeyId?: string | undefined
    /** What KMS binds the object's key to. */
    sseKmsEncryptionContext?: Readonly<Record<string, string>> | undefined
    /** Whether S3 asks KMS for one key for many objects. Default: the bucket's. */
    bucketKeyEnabled?: boolean | undefined
    /**
     * `GOVERNANCE` or `COMPLIANCE`, in a bucket with object lock: the version can't be deleted until `objectLockRetainUntilDate`, in
     * governance mode but by those who may bypass it. A checksum of the body goes along, as S3 asks for then: SHA256 by default.
     */
    objectLockMode?: string | undefined
    /** The end of the lock. */
    objectLockRetainUntilDate?: Date | undefined
    /** `ON`: nobody can delete this version until it is taken off. */
    objectLockLegalHoldStatus?: string | undefined
  }

  /** What a write takes whose body may be a stream. The list is closed. */
  export interface UploadOptions extends WriteOptions, ProgressOptions {
    /**
     * How many bytes the body has, where the caller knows. A body that turns out longer or shorter is a `RangeError`, and nothing is
     * written. Default: whatever it has.
     */
    contentLength?: number | undefined
    /**
     * The size of the parts in which a stream is sent that has more than that, in bytes: 5 MiB to 2 GiB. S3 takes 10,000 parts. A
     * client sends no parts: there it is the most that a stream may have. Default: 8 MiB; more where `contentLength` asks for it.
     */
    partSize?: number | undefined
    /**
     * How many parts are on their way at once, at least 1. So many parts are in memory at most, and the one that is being filled.
     * Default: 3.
     */
    concurrency?: number | undefined
  }

  /** A write never lacks its condition: to create only, or to overwrite only the object that has this etag. */
  export type WriteCondition = { ifNoneMatch: '*'; ifMatch?: undefined } | { ifMatch: string; ifNoneMatch?: undefined }

  /**
   * What a copy of a version onto its key takes. The list is closed. What is not given of the content's own headers (type,
   * cache control, content disposition, encoding and language, expires), of the metadata and of the tags, is the version's.
   */
  export interface RestoreOptions extends WriteOptions {
    /** The `Content-Type`. Default: the source's. */
    contentType?: string | undefined
    /** The copy's own metadata, in place of the source's. Default: the source's. */
    metadata?: Readonly<Record<string, string>> | undefined
    /** The copy's tags, in place of the source's; `{}` for none. Default: the source's. */
    tagging?: Readonly<Record<string, string>> | undefined
    /** The key that the source is encrypted with, as {@link AccessOptions.sseCustomerKey} is the copy's. */
    sourceSseCustomerKey?: Uint8Array | undefined
    /**
     * The size of the parts by which a source is copied that has more than that, in bytes: 5 MiB to 2 GiB; larger where S3's 10,000 parts
     * ask for it. Why: S3 copies several parts at once, so that a large object is there sooner and no request takes long; and
     * MinIO and versitygw, which ignore the condition of a copy by one request, honour that of a copy by parts: with this given, they
     * copy everything so but empty objects. The etag of a copy by parts is not the source's. Default: one request copies what has
     * up to 5 GiB; the rest goes by parts of 256 MiB.
     */
    partSize?: number | undefined
    /** How many parts S3 copies at once, at least 1. Default: 4. */
    concurrency?: number | undefined
  }

  /** What a copy takes: of its two conditions, one must be given. The list is closed. Otherwise as {@link RestoreOptions}. */
  export interface CopyOptions extends RestoreOptions {
    /** Only where there is no object. */
    ifNoneMatch?: '*' | undefined
    /** Only over the object that has this etag. */
    ifMatch?: string | undefined
    /** Only if the source has this etag. */
    sourceIfMatch?: string | undefined
    /** The version of the source; the current one by default. */
    sourceVersionId?: string | undefined
  }

  /** What a write takes whose body is a file. The list is closed. */
  export interface FileWriteOptions extends Omit<UploadOptions, 'contentLength'> {
    /** The `Content-Type`. Default: what the file's extension says, or `application/octet-stream`. */
    contentType?: string | undefined
  }

  /** What reading into a file takes: of the conditions, one. The list is closed. */
  export interface FileReadOptions extends HeadOptions, ProgressOptions {
    /** Only the object that has this etag; {@link StaleDataError} otherwise. */
    ifMatch?: string | undefined
    /** The size of the parts in which the object is asked for, in bytes: 1 MiB to 2 GiB. Default: 8 MiB. */
    partSize?: number | undefined
    /** How many parts are asked for at once, at least 1. Default: 4. */
    concurrency?: number | undefined
  }

  /** How a JSON wrapper makes values of JSON, and JSON of values. The list is closed. */
  export interface JsonOptions<T = any> {
    /**
     * Checks each value that is read (`getObject`, `getObjectIfMatch`, `update`), and may make another of it: a function, which
     * throws where it finds the value wrong, or a schema by the Standard Schema specification (of Zod, Valibot, ArkType, …), whose
     * complaints are a `TypeError` with the code `ERR_INVALID_JSON_VALUE` and `issues`. The function may be async.
     */
    parse?: ((value: unknown) => T | Promise<T>) | StandardSchema<T> | undefined
    /** Makes text of a value that is written. Default: `JSON.stringify`. */
    stringify?: ((value: T) => string) | undefined
  }

  /** The part of the Standard Schema specification, version 1, that is needed here: https://standardschema.dev */
  export interface StandardSchema<T = any> {
    readonly '~standard': {
      readonly version: 1
      readonly vendor: string
      readonly validate: (value: unknown) => any
      readonly types?: { readonly input: any; readonly output: T } | undefined
    }
  }

  /** What a write of the JSON wrapper takes beside key and value: as any write, but for the content type. */
  export interface JsonWriteOptions extends WriteOptions {
    /** Ignored: JSON is always written as `application/json`. */
    contentType?: string | undefined
  }

  /** What a delete without a condition takes. The list is closed. */
  export interface DeleteObjectOptions extends CallOptions {
    /** The version to remove for good. Without it, a bucket that keeps versions only hides the object. */
    versionId?: string | undefined
    /** Whether a lock in governance mode is no obstacle, for those who may say so. */
    bypassGovernanceRetention?: boolean | undefined
    /** As in {@link AccessOptions.expectedBucketOwner}. */
    expectedBucketOwner?: string | undefined
    /** As in {@link AccessOptions.requestPayer}. */
    requestPayer?: 'requester' | (string & {}) | undefined
  }

  /** What a delete of many objects takes. The list is closed. */
  export interface DeleteObjectsOptions extends Omit<DeleteObjectOptions, 'versionId'> {}

  /** What is to be deleted: a key, or a version of it, which is removed for good. */
  export type ObjectName = string | { readonly key: string; readonly versionId?: string | undefined }

  /** What a conditional delete takes beside key and etag. The list is closed. */
  export interface DeleteOptions extends Omit<DeleteObjectOptions, 'versionId'>, AccessOptions {
    /**
     * Whether a key that is absent after a lost answer is a success, with `response.recovered`: gone, perhaps not by this
     * call. Default: `false`, which makes it an {@link AmbiguousWriteError} with `gone`.
     */
    idempotent?: boolean | undefined
    /**
     * How many times this call is tried, at least 1. With 1 the store repeats nothing: what may be repeated then is left to the
     * network. Default: the store's.
     */
    maxAttempts?: number | undefined
  }

  /** What an update takes beside its own settings and those of a write. The list is closed. */
  export interface UpdateSettings {
    /** How many rounds of reading and writing there may be, at least 1. Default: 50. */
    maxRounds?: number | undefined
    /**
     * The longest wait between two rounds, in milliseconds. Waits are random, in a window that begins with the time that a
     * round takes and doubles with each conflict, up to this. Default: 1000.
     */
    maxBackoff?: number | undefined
    /**
     * Ends the update: it rejects with the signal's `reason`. A write that is under way is waited for, with what it waits for
     * itself (its repeats, the server's verification), since what became of it must be told: it may succeed all the same.
     */
    signal?: AbortSignalLike | undefined
    /**
     * The longest that the whole update may take, all rounds together, in milliseconds, at least 1. It ends as by a signal (a
     * write that is under way is waited for), with an error named `TimeoutError` with the code `ETIMEDOUT`. Default: none; the
     * store's `timeout` is for each of the calls that an update is made of.
     */
    timeout?: number | undefined
    /** Whether an absent key is created. `false`: it is the error of the read, named `NoSuchKey`. Default: `true`. */
    create?: boolean | undefined
    /**
     * Whether the function may be applied to its own result. The update then goes on after an {@link AmbiguousWriteError},
     * which ends it otherwise. The write in doubt may have landed or may land yet. So only a write that landed makes it a
     * success again, or a function that leaves alone what another has put in place of what that write was to replace;
     * whatever else ends the update, the error is the {@link AmbiguousWriteError}, and says what by `endedBy`. Default:
     * `false`.
     */
    idempotent?: boolean | undefined
  }

  /** What {@link S3Store.update} takes beside key and function. */
  export interface UpdateOptions extends Omit<WriteOptions, keyof CallOptions>, UpdateSettings {}

  /** What {@link JsonS3Store.update} takes beside key and function. */
  export interface JsonUpdateOptions extends Omit<JsonWriteOptions, keyof CallOptions>, UpdateSettings {}

  /**
   * What can be written: text (as UTF-8) or bytes. A `Buffer` is an `ArrayBufferView`. What is handed over is what is
   * written, even if it is changed right after the call; only a client that is none of the SDK's gets it as it is.
   */
  export type Body = string | ArrayBufferView | ArrayBufferLike | WebBlob

  /**
   * What can be written while it is still coming: a Node `Readable`, a web `ReadableStream`, anything that can be iterated
   * asynchronously over strings (as UTF-8) and bytes, or an open file (a `FileHandle`, from where it is to its end; it stays open).
   *
   * What fits into one part ({@link UploadOptions.partSize}) is one request. The rest goes in parts, several at once, of which S3
   * makes an object at the end: under the condition, and recognised by its write id, like any write. Of a `Blob` that is larger than a
   * part the same holds. A stream that fails, ends early or is left behind by a call that fails writes nothing: the call rejects with
   * the stream's own error, and the parts are taken away again. Where that fails too, the error's `uploadId` names them.
   */
  export type StreamBody =
    | AsyncIterable<string | ArrayBufferView | ArrayBufferLike>
    | { getReader(): any; readonly locked: boolean }
    | { readonly fd: number; read: any; createReadStream(options?: any): any }

  // ------------------------------------------------------------------------------------------------------------ store

  /**
   * A bucket as a small, strongly consistent store. Every write says what it expects to find, and fails, with nothing
   * changed, when it finds something else.
   *
   * All methods reject with a `TypeError` or `RangeError` (`code`: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`,
   * `ERR_OUT_OF_RANGE`) for bad input, before anything is sent; with one of the classes of {@link S3StoreError} as
   * said below; with an error named as S3 names it (`NoSuchKey`, `AccessDenied`, …) for any other answer; and with an
   * error that has a `code` (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, …) or a name (`CredentialsProviderError`, …)
   * when there was no answer; with the reason of its signal when it was aborted (see {@link CallOptions}); and
   * with the code `ERR_STORE_CLOSED` after {@link close}.
   *
   * A conditional write that resolves has landed, at least once. One that rejects with {@link AmbiguousWriteError} may have
   * landed or may land yet; one that rejects with any other error did not land and will not. This holds while
   * {@link engine} is `'native'`.
   *
   * A key is a string of 1 to 1,024 bytes of UTF-8. An etag is one strong entity-tag, as the server gave it, quotes
   * included.
   */
  export interface S3Store extends AsyncDisposableWhereKnown {
    /** The bucket's name. */
    readonly bucket: string
    /**
     * Who does the work now. With a client it can change: mocks come and go, and a client tells of an agent or retry strategy of
     * its own only when it is asked, a moment after the store is made; the first call waits for that.
     */
    readonly engine: Engine

    /**
     * Writes an object where there is none (`If-None-Match: *`).
     *
     * @param options - The options, or the content type alone.
     * @throws {@link KeyExistsError} when the key exists.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link AmbiguousWriteError} when it can't be known whether the write landed.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition, or ignores it.
     */
    createObject(key: string, body: Body | StreamBody, options?: UploadOptions | string): Promise<WriteResult>

    /**
     * Overwrites the object that has this etag (`If-Match`).
     *
     * @param etag - The etag that the object was read or written with. It can't be left out.
     * @param options - The options, or the content type alone.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is no object.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link AmbiguousWriteError} when it can't be known whether the write landed.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition, or ignores it.
     */
    putObjectIfMatch(
      key: string,
      body: Body | StreamBody,
      etag: string,
      options?: UploadOptions | string,
    ): Promise<WriteResult>

    /**
     * Writes a file where there is no object (`If-None-Match: *`): read natively, and sent in parts, several at once, where it is larger
     * than one. A file that changes meanwhile is an error with the code `ERR_FILE_CHANGED`, and is not written.
     *
     * @param path - Where the file is: relative to the working directory, or a `file:` URL.
     * @throws As {@link createObject}; an error with Node's `code` (`ENOENT`, `EACCES`, …) where the file can't be read.
     */
    createObjectFromFile(key: string, path: string | WebUrl, options?: FileWriteOptions | string): Promise<WriteResult>

    /**
     * Overwrites the object that has this etag (`If-Match`) with a file. As {@link createObjectFromFile} otherwise.
     *
     * @throws As {@link putObjectIfMatch}.
     */
    putObjectFromFileIfMatch(
      key: string,
      path: string | WebUrl,
      etag: string,
      options?: FileWriteOptions | string,
    ): Promise<WriteResult>

    /**
     * Reads an object into a file: in parts, several at once, all of the object that was there first. They are written into a
     * temporary file beside `path`, which is put in its place, in one step, once all of it is on the disk: a file that is there
     * is replaced. After a failure the place is as it was.
     *
     * @throws {@link StaleDataError} when the object changed meanwhile, or hasn't `ifMatch`.
     * @throws Error with Node's `code` (`ENOENT`, `ENOSPC`, …) where the file can't be written.
     */
    getObjectToFile(key: string, path: string | WebUrl, options?: FileReadOptions & ReadAlways): Promise<HeadResult>
    getObjectToFile(
      key: string,
      path: string | WebUrl,
      options?: FileReadOptions,
    ): Promise<HeadResult | NotModifiedResult>

    /**
     * Reads an object, or a part of it; with `ifNoneMatch` or `ifModifiedSince`, only if it has changed.
     *
     * @throws Error named `NoSuchKey` when there is none; `NoSuchVersion` when there is no such version.
     *
     * @example
     * ```js
     * const again = await store.getObject('settings', { ifNoneMatch: known.etag })
     * if (!again.notModified) known = again
     * ```
     */
    getObject(key: string, options?: GetOptions & ReadAlways): Promise<GetResult>
    getObject(key: string, options?: GetOptions): Promise<GetResult | NotModifiedResult>

    /**
     * Reads an object, or a part of it, if it still has this etag (`If-Match`).
     *
     * @param etag - The expected etag; `undefined` reads whatever is there.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is none.
     */
    getObjectIfMatch(key: string, etag?: string | undefined, options?: GetIfMatchOptions): Promise<GetResult>

    /**
     * Reads what is known of an object without its bytes: size, dates, headers, metadata. S3 refuses a HEAD without a word, so
     * that one that is refused is followed by a GET, for S3's own error.
     *
     * @throws Error named `NoSuchKey` when there is none. Through a client, what the client makes of it (`NotFound`).
     */
    headObject(key: string, options?: HeadOptions & ReadAlways): Promise<HeadResult>
    headObject(key: string, options?: HeadOptions): Promise<HeadResult | NotModifiedResult>

    /**
     * Whether there is an object at the key. An absent one costs two requests: S3 refuses a HEAD without a word, so that it is
     * followed by a GET, for S3's own error. A bucket that is absent is an error, as everywhere; through a client, which can't
     * tell, it counts as no object. To those who may not list the bucket, S3 says `AccessDenied` of an absent key: an error, too.
     */
    exists(key: string, options?: AccessOptions): Promise<boolean>

    /**
     * Deletes whatever is there. It is no error when there is nothing.
     *
     * @param options - The options. Callers of older versions of the mirrored package pass an etag here: a string means
     * nothing.
     */
    deleteObject(key: string, options?: DeleteObjectOptions | string): Promise<DeleteResult>

    /**
     * Copies an object within the bucket, under a condition for the key that is written: `ifNoneMatch: '*'` or `ifMatch`. The
     * bytes don't leave S3.
     *
     * The copy has the content's headers, metadata and tags of the source, but for what the options say; storage class,
     * encryption, locks and the redirect are those of the options or the bucket's. It is a write like any other, with a write
     * id of its own, and what became of it is found out when its answer is lost. The source is looked at first (one HEAD),
     * and the copy is of just that object: if it has changed by then, it is looked at and copied anew.
     *
     * What has more than 5 GiB, or than `partSize`, is copied by parts, several at once, of which S3 makes an object at the end: under
     * the condition, like any write. The tags of the source are read then, which takes the right to (`s3:GetObjectTagging`) unless
     * `tagging` is given. When it comes to nothing, the parts are taken away again; where that fails, too, the error's
     * `uploadId` names them.
     *
     * @param options - One of `ifNoneMatch` and `ifMatch` must be given.
     * @throws {@link KeyExistsError} when the key exists.
     * @throws {@link StaleDataError} when the object there has another etag than `ifMatch`; when the source has another than
     * `sourceIfMatch`, which its `key` tells.
     * @throws Error named `NoSuchKey` when there is no source, or no object to overwrite: its `key` tells which.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt, or the source
     * kept changing.
     * @throws {@link AmbiguousWriteError} when it can't be known whether the copy landed.
     * @throws {@link UnsupportedBucketOperationError} when the server ignores the condition (before anything is written), and while
     * the calls go through the client.
     *
     * @example
     * ```js
     * const { etag } = await store.copyObject('draft', 'published', { ifNoneMatch: '*' })
     * await store.copyObject('film', 'archive/film', { ifNoneMatch: '*', partSize: 64 * 1024 * 1024, concurrency: 8 })
     * ```
     */
    copyObject(from: string, to: string, options: CopyOptions & WriteCondition): Promise<WriteResult>

    /**
     * Makes an older version the current one again: copies it onto its own key, over the object that has this etag.
     *
     * @param versionId - The version, such as {@link listVersions} gives it.
     * @param etag - The etag of what is there now; `null` where there is nothing, or a delete marker.
     * @throws As {@link copyObject}; Error named `NoSuchVersion` when there is no such version.
     *
     * @example
     * ```js
     * await store.deleteObject('settings')
     * for await (const { VersionId, IsDeleteMarker } of store.listVersions('settings').versions()) {
     *   if (IsDeleteMarker) continue
     *   await store.restoreVersion('settings', VersionId, null)
     *   break
     * }
     * ```
     */
    restoreVersion(key: string, versionId: string, etag: string | null, options?: RestoreOptions): Promise<WriteResult>

    /**
     * Deletes many objects, whatever is there, in batches of 1,000 to a request. Each key has its outcome; the call rejects only
     * where nothing was asked: for bad input, for an error of the iterable, with a store that is closed; and with the reason of
     * its signal, when some may have been deleted.
     *
     * All keys are read, and checked, before the first is sent. A key that is given twice is asked for once, and both have that
     * outcome. A batch that fails as a whole (it was tried as often as any call) is the outcome of each of its keys, and the
     * next batch is sent all the same. To delete what is gone already is a success, so that what was not deleted can simply be
     * given again. There is no condition: for that, see {@link deleteObjectIfMatch}. A key with control characters, which XML
     * can't carry, goes by a request of its own.
     *
     * @param keys - Keys, or versions, as an iterable or an async iterable such as `store.list('logs/').keys()`; a string is
     * none.
     * @param options - The `timeout` is for each request.
     * @returns The outcomes, in the order of the keys.
     *
     * @example
     * ```js
     * const outcomes = await store.deleteObjects(store.list('logs/2025').keys())
     * for (const outcome of outcomes) if (!outcome.deleted) console.error(outcome.key, outcome.error)
     * ```
     */
    deleteObjects(
      keys: (Iterable<ObjectName> | AsyncIterable<ObjectName>) & object,
      options?: DeleteObjectsOptions,
    ): Promise<DeleteOutcome[]>

    /**
     * Deletes the object that has this etag (`If-Match`).
     *
     * @param etag - The etag that the object was read or written with. It can't be left out.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is no object.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link AmbiguousWriteError} when it can't be known whether this call deleted the object; with `gone` when there
     * is none any more.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition, or ignores it.
     */
    deleteObjectIfMatch(key: string, etag: string, options?: DeleteOptions): Promise<DeleteResult>

    /**
     * Looks for a write of which only the id is known: by the current object, and, in a bucket that keeps versions, among
     * the newest 100 versions of the key.
     *
     * @param writeId - The `writeId` of an {@link AmbiguousWriteError} or of a response.
     * @returns What was found. Only `'landed'` is final: a request that is still on its way can land later.
     * @throws {@link UnsupportedBucketOperationError} while the calls go through the client, whose writes have no ids.
     */
    resolveWrite(key: string, writeId: string, options?: AccessOptions): Promise<WriteResolution>

    /**
     * Signs a request for somebody else to make, such as a browser: with a `PUT` and `ifNoneMatch: '*'`, a link by which one
     * object can be created, and nothing overwritten. The condition is a header that is signed, so that a request without it is
     * refused. Nothing is sent, but that a server which is not AWS's own first proves that it honours the condition
     * ({@link S3StoreOptions.conditions}).
     *
     * What the request comes to is the server's answer to whoever makes it: 412 where the condition does not hold. A `PUT` carries
     * a write id, by which {@link S3Store.resolveWrite} tells later whether it landed.
     *
     * @param method - What the link is for.
     * @returns The request: its `headers` must all be sent as they are, and no others that S3 takes part of the signature
     * (`x-amz-*`).
     * @throws TypeError when a `PUT` has no condition: a write never lacks it.
     * @throws {@link UnsupportedBucketOperationError} when the server ignores the condition, and while the calls go through the
     * client.
     *
     * @example
     * ```js
     * const { url, method, headers, writeId } = await store.presign('PUT', 'upload', { ifNoneMatch: '*', recovery: true })
     * await fetch(url, { method, headers, body: 'hello' })
     * const { status } = await store.resolveWrite('upload', writeId)
     * ```
     */
    presign(method: 'GET', key: string, options?: PresignGetOptions): Promise<PresignedRequest>
    presign(method: 'HEAD', key: string, options?: PresignHeadOptions): Promise<PresignedRequest>
    presign(
      method: 'PUT',
      key: string,
      options: PresignPutOptions & { recovery: true },
    ): Promise<PresignedRequest & { readonly writeId: string }>
    presign(method: 'PUT', key: string, options: PresignPutOptions): Promise<PresignedRequest>
    presign(method: 'DELETE', key: string, options?: PresignDeleteOptions): Promise<PresignedRequest>

    /**
     * Finds out what the server makes of each condition that a store can need, on fresh random keys under
     * {@link S3StoreOptions.verifyPrefix}, and nowhere else: about 500 small requests, among them races of 16. The keys are
     * deleted again, with their versions and uploads, as far as that is allowed.
     *
     * Each request is made once, and taken as it is answered: nothing of what the store does about lost answers, and no
     * earlier verification, comes in between. What got no answer, or one of 5xx, is tried on another key, three in all, and
     * is `'unknown'` after that. A `timeout`, the call's or the store's, is for the whole probe: what could not be tried
     * until then is `'unknown'` as well. With `maxConnections` under 16 the races are of as many.
     *
     * `npx s3-store-native doctor` prints the same as a table.
     *
     * @throws Error as any other method, when not even a plain write gets through.
     * @throws {@link UnsupportedBucketOperationError} while the calls go through the client, which repeats requests.
     *
     * @example
     * ```js
     * const { deleteIfMatch } = await store.probe()
     * if (deleteIfMatch.verdict !== 'enforced') console.log(deleteIfMatch.evidence)
     * ```
     */
    probe(options?: CallOptions): Promise<ProbeReport>

    /**
     * Reads the object, applies a function, and writes what it gives if the object is still the same; again, from the
     * reading on, when it isn't.
     *
     * The function gets the object with its whole body in memory, or `null` where there is none (what it gives is then
     * created). It may be async, is called anew in each round, and what it throws ends the update. What it returns is
     * written; `undefined` leaves the object alone. Bytes equal to those that were read aren't written, unless `contentType`
     * or `metadata` is given. As with every write, the content type and metadata are those of the options, not of the object
     * that was read.
     *
     * Only a conflict that says for certain that nothing was written leads to another round. Through a client, that is one
     * with the only attempt that the client made (`cause.$metadata.attempts` is 1): after several, the client may have met
     * its own write, and the conflict ends the update, unless {@link UpdateSettings.idempotent} is given. So does one of an
     * `S3Client` that doesn't count its attempts. A mock, or any other object with a `send`, that says nothing of attempts is
     * taken to have made one.
     *
     * @throws What the store's methods throw: the last conflict when the rounds are used up; {@link AmbiguousWriteError} at
     * once, since to call the function again could apply it twice (see {@link UpdateSettings.idempotent}).
     * @throws The reason of the signal; an error with the code `ETIMEDOUT` when the time is up.
     *
     * @example
     * ```js
     * const { etag } = await store.update('log', async (current) => `${current ? await current.asString() : ''}one more line\n`)
     * ```
     */
    update(
      key: string,
      fn: (current: GetResult | null) => Body | undefined | Promise<Body | undefined>,
      options?: UpdateOptions,
    ): Promise<UpdateResult>

    /**
     * Lists the bucket in the order of its keys' UTF-8 bytes, page by page; no match yields no page. Each iteration
     * asks anew. Bad input rejects the first `next()`. The native engine asks for the next page while one is being looked at.
     *
     * @param prefix - What the keys begin with. Default: everything.
     * @param options - The `signal` ends the iteration, which rejects with its reason when it asks for the next page. The
     * `timeout` is for each page.
     *
     * @example
     * ```js
     * for await (const key of store.list('logs/', { startAfter: 'logs/2026' }).keys()) console.log(key)
     * ```
     */
    list(prefix?: string, options?: ListOptions): Listing

    /** What the store has done so far, and does now: counted always, at hardly any cost, and sent nowhere. */
    stats(): StoreStats

    /**
     * Lists the versions and delete markers in the bucket, page by page, in the order of their keys, and of each key the newest
     * first. Of a bucket that never kept versions they are its objects, with the `VersionId` `'null'`. Otherwise as
     * {@link list}.
     *
     * Some servers, and a client, tell versions and delete markers in two lists: these are put in one order by their dates, and
     * of the same moment the version goes first.
     *
     * @param prefix - What the keys begin with. Default: everything.
     * @param options - As of {@link list}; `pageSize` counts versions and delete markers.
     *
     * @example
     * ```js
     * for await (const { Key, VersionId, IsDeleteMarker } of store.listVersions('settings').versions()) {
     *   console.log(Key, VersionId, IsDeleteMarker)
     * }
     * ```
     */
    listVersions(prefix?: string, options?: ListVersionsOptions): VersionListing

    /**
     * Reads the tags of an object, as a plain object of strings: `{}` where it has none.
     *
     * @throws Error named `NoSuchKey` when there is no object; `NoSuchVersion` when there is no such version.
     */
    getTags(key: string, options?: TagOptions): Promise<Record<string, string>>

    /**
     * Replaces all tags of an object; `{}` removes them. S3 has no condition for tags: who comes last wins, whatever was
     * there, and a write of the object itself replaces its tags, too ({@link WriteOptions.tagging}). The object's etag
     * stays as it is.
     *
     * @param tags - Names and values: at most 10, which S3 checks; without control characters.
     * @throws Error named `NoSuchKey` when there is no object; `NoSuchVersion` when there is no such version; `InvalidTag` for
     * tags that S3 doesn't take.
     *
     * @example
     * ```js
     * await store.putTags('report', { ...(await store.getTags('report')), reviewed: 'yes' })
     * ```
     */
    putTags(key: string, tags: Readonly<Record<string, string>>, options?: TagOptions): Promise<void>

    /**
     * Ends the store, and resolves once the calls that are under way have come to their end. The native engine repeats nothing
     * any more; what was promised of writes holds for these, too. A body that was not read to its end loses its connection, and
     * an update ends at its next request. Every call that is made later rejects with an error with the code
     * `ERR_STORE_CLOSED`; to close again changes nothing.
     *
     * A store need not be closed: one that is idle keeps no process alive. A {@link S3StoreOptions.client} is left as it is.
     */
    close(): Promise<void>
  }

  /** The part of a store that {@link createJsonWrapper} calls: whatever has it can stand in for a store. */
  export interface ObjectStore {
    readonly bucket: string
    createObject(key: string, body: string, options?: WriteOptions): Promise<{ readonly etag: string }>
    putObjectIfMatch(
      key: string,
      body: string,
      etag: string,
      options?: WriteOptions,
    ): Promise<{ readonly etag: string }>
    getObject(key: string): Promise<{ readonly etag: string; asJson(): Promise<any> }>
    getObjectIfMatch(key: string, etag?: string | undefined): Promise<{ asJson(): Promise<any> }>
    deleteObject(key: string): Promise<any>
    deleteObjectIfMatch(key: string, etag: string, options?: DeleteOptions): Promise<any>
    list(prefix?: string): AsyncIterable<any>
    /** Needed only for {@link JsonS3Store.headObject}. */
    headObject?(key: string, options?: any): Promise<any>
    /** Needed only for {@link JsonS3Store.exists}. */
    exists?(key: string, options?: any): Promise<boolean>
  }

  /** The same store for JSON. Errors are the store's. */
  export interface JsonS3Store<T = any> {
    /** The store underneath. */
    readonly store: ObjectStore
    /** The bucket's name. */
    readonly bucket: string

    /**
     * Writes a value where there is none, and resolves to its etag.
     *
     * @throws TypeError when JSON can't hold the value (`undefined`, a function, a cycle, a BigInt); nothing is sent.
     * @throws As {@link S3Store.createObject}.
     */
    createObject(key: string, value: T, options?: JsonWriteOptions | string): Promise<string>

    /**
     * Overwrites the value that has this etag, and resolves to the new etag.
     *
     * @throws TypeError when JSON can't hold the value; nothing is sent.
     * @throws As {@link S3Store.putObjectIfMatch}.
     */
    putObjectIfMatch(key: string, value: T, etag: string, options?: JsonWriteOptions | string): Promise<string>

    /**
     * Reads a value and its etag; with `ifNoneMatch` or `ifModifiedSince`, `null` where nothing has changed.
     *
     * @throws SyntaxError, naming the key and the place, when the object isn't JSON.
     * @throws As {@link S3Store.getObject}.
     */
    getObject<U = T>(key: string, options?: Omit<GetOptions, 'range'> & ReadAlways): Promise<[value: U, etag: string]>
    getObject<U = T>(key: string, options?: Omit<GetOptions, 'range'>): Promise<[value: U, etag: string] | null>

    /**
     * Reads a value if it still has this etag.
     *
     * @throws SyntaxError, naming the key and the place, when the object isn't JSON.
     * @throws As {@link S3Store.getObjectIfMatch}.
     */
    getObjectIfMatch<U = T>(
      key: string,
      etag?: string | undefined,
      options?: Omit<GetIfMatchOptions, 'range'>,
    ): Promise<U>

    /** As {@link S3Store.headObject}. */
    headObject(key: string, options?: HeadOptions & ReadAlways): Promise<HeadResult>
    headObject(key: string, options?: HeadOptions): Promise<HeadResult | NotModifiedResult>

    /** As {@link S3Store.exists}. */
    exists(key: string, options?: AccessOptions): Promise<boolean>

    /** As {@link S3Store.deleteObject}. */
    deleteObject(key: string, options?: DeleteObjectOptions | string): Promise<DeleteResult>

    /** As {@link S3Store.deleteObjectIfMatch}. */
    deleteObjectIfMatch(key: string, etag: string, options?: DeleteOptions): Promise<DeleteResult>

    /**
     * Reads the value, applies a function, and writes what it gives if the object is still the same; again, from the reading
     * on, when it isn't. As {@link S3Store.update}, but the function gets and gives values, and may change the one it gets.
     *
     * Around an object that is no store of this package, it calls `getObject`, `createObject` and `putObjectIfMatch`, and
     * knows conflicts by the `name` or `code` of an error. It takes the object's word for it that nothing was written then.
     *
     * @throws TypeError when JSON can't hold the value; nothing is written.
     * @throws SyntaxError, naming the key and the place, when the object isn't JSON.
     * @throws As {@link S3Store.update}.
     *
     * @example
     * ```js
     * const { value } = await json.update('counter', (current) => ({ count: (current?.count ?? 0) + 1 }))
     * ```
     */
    update(
      key: string,
      fn: (current: T | null) => T | undefined | Promise<T | undefined>,
      options?: JsonUpdateOptions,
    ): Promise<JsonUpdateResult<T>>

    /** As {@link S3Store.list}. */
    list(prefix?: string, options?: ListOptions): Listing
  }

  // ---------------------------------------------------------------------------------------------------------- results

  /** What a write resolves to. */
  export interface WriteResult {
    /** The object's new etag, quotes included. It is opaque: not always an MD5. */
    readonly etag: string
    readonly response: WriteResponse
  }

  /** What a delete resolves to. */
  export interface DeleteResult {
    /** A delete leaves nothing that could have an etag. */
    readonly etag: undefined
    readonly response: DeleteResponse
  }

  /** What became of one of many that were to be deleted. */
  export type DeleteOutcome = ObjectDeleted | ObjectNotDeleted

  /** It is gone; also where there was none. */
  export interface ObjectDeleted {
    readonly key: string
    /** The version that was to be removed. */
    readonly versionId?: string
    readonly deleted: true
    /** In a bucket that keeps versions: a delete marker was made, or, by its `versionId`, removed. */
    readonly deleteMarker?: true
    /** The version of that marker. */
    readonly deleteMarkerVersionId?: string
  }

  /** It was not deleted, as far as that is known: after an error without an answer it may have been. */
  export interface ObjectNotDeleted {
    readonly key: string
    /** The version that was to be removed. */
    readonly versionId?: string
    readonly deleted: false
    /** S3's error for this key (`name` and `Code` are S3's), or that of the whole request. */
    readonly error: Error
  }

  /** What an update resolves to. */
  export interface UpdateResult {
    /** The etag of what is there now; `undefined` where an absent key was left alone. */
    readonly etag: string | undefined
    /** The answer to the write; to the read, where nothing was written. */
    readonly response: WriteResponse | GetResponse | undefined
    /** How many rounds it took: 1 where nobody else wrote. */
    readonly rounds: number
    /**
     * Whether the update wrote. `false`: what is there was left alone. With `idempotent` it may be that an earlier round wrote
     * all the same, and that another has replaced it since.
     */
    readonly changed: boolean
  }

  /** What an update of the JSON wrapper resolves to. */
  export interface JsonUpdateResult<T = any> extends UpdateResult {
    /** The value that is there now; `null` where an absent key was left alone. */
    readonly value: T | null
  }

  /** What became of a write, as far as that can be seen. */
  export interface WriteResolution {
    /**
     * `'landed'`: the write is, or was, the current object. `'not-current'`: another object is there. `'absent'`: there is
     * none. Only the first is final.
     */
    readonly status: 'landed' | 'not-current' | 'absent'
    /** The etag of the write that landed, or of the other object. */
    readonly etag?: string
    /** Its version, in a bucket that keeps versions. */
    readonly versionId?: string
    /** Whether a write that landed is the current object. */
    readonly current?: boolean
  }

  /**
   * How a server takes a condition.
   *
   * - `'enforced'`: it carries a request out where the condition holds, and refuses it, with nothing changed, where it
   *   doesn't. Of requests that were sent at once, one won.
   * - `'ignored'`: it carries a request out also where the condition does not hold. Seen on two keys.
   * - `'racy'`: it enforces the condition on one request at a time; of several at once, it carried more than one out.
   * - `'refused'`: it refuses requests that carry the condition also where it holds, or doesn't allow them. Seen on two keys.
   * - `'unknown'`: it could not be told; the evidence says what came instead of an answer.
   */
  export type ProbeVerdict = 'enforced' | 'ignored' | 'racy' | 'refused' | 'unknown'

  /** What {@link S3Store.probe} resolves to. */
  export interface ProbeReport {
    /** Where the server is. */
    readonly endpoint?: string
    readonly bucket: string
    /** What the keys began with that were written, and deleted again. */
    readonly prefix: string
    /** `If-None-Match: *` on PutObject: {@link S3Store.createObject}. Among it races of 16 writers. */
    readonly create: ProbeFinding
    /**
     * `If-Match` on PutObject: {@link S3Store.putObjectIfMatch}. Among it races of 16 writers with one etag, and of 8
     * writers against 8 deleters.
     */
    readonly putIfMatch: ProbeFinding
    /** `If-Match` on GetObject: {@link S3Store.getObjectIfMatch}. */
    readonly getIfMatch: ProbeFinding
    /** `If-None-Match` with an etag on GetObject. */
    readonly getIfNoneMatch: ProbeFinding
    /**
     * `If-Match` on DeleteObject: {@link S3Store.deleteObjectIfMatch}. Among it races of 16 deleters with one etag, and of 8
     * deleters against 8 writers. A server that answers an absent key with success (see {@link absentDelete}) can't tell
     * deleters apart; that alone doesn't make it `'racy'`, and is said in the `note`.
     */
    readonly deleteIfMatch: ProbeFinding
    /** Both conditions of a write on CompleteMultipartUpload. The worse of the two. */
    readonly multipart: ProbeFinding
    /** Both conditions of a write on CopyObject, of the key that is written. The worse of the two. */
    readonly copy: ProbeFinding
    /** Whether an object's own metadata comes back: by it the store knows its own writes. `'ignored'`: it doesn't. */
    readonly metadata: ProbeFinding
    /** How the server writes etags; absent where it could not be told. */
    readonly etags?: ProbeETags
    /** What the server answers to the deletion of a key that is absent. */
    readonly absentDelete: ProbeAbsentDelete
  }

  /** What was found out about one condition. */
  export interface ProbeFinding {
    readonly verdict: ProbeVerdict
    /** What shows it, on the key that decided. What decided stands last. */
    readonly evidence: readonly ProbeEvidence[]
    /** What the verdict alone doesn't say. */
    readonly note?: string
  }

  /** A request, or several at once, and what was answered. For people: the words can change. */
  export interface ProbeEvidence {
    /** Such as `PutObject, If-Match, an older etag`. */
    readonly sent: string
    /** Such as `412 PreconditionFailed`, or for a race `1 × 200, 15 × 412 PreconditionFailed`. */
    readonly got: string
  }

  /** How a server writes etags. */
  export interface ProbeETags {
    /** In its answers. `'weak'` ones match nothing in `If-Match`. */
    readonly given: 'quoted' | 'unquoted' | 'weak'
    /** In the `If-Match` of a get, where the object has the etag. */
    readonly accepted: readonly ('quoted' | 'unquoted')[]
  }

  /** What a server answers to the deletion of a key that is absent, such as `204` or `404 NoSuchKey`. */
  export interface ProbeAbsentDelete {
    /** Without a condition. */
    readonly plain?: string
    /** With `If-Match` and the etag that the object had. */
    readonly ifMatch?: string
  }

  /**
   * What a get resolves to. Up to 256 KiB come with it, and can be read again and again; a longer body is read from
   * the server as it is asked for, once. A body that isn't read holds nothing up: its connection is given up after a
   * while, and reading it later asks for the rest of the same object ({@link StaleDataError} if that has changed).
   */
  export interface GetResult extends AsyncDisposableWhereKnown, AsyncIterable<Uint8Array> {
    /** Tells it from a {@link NotModifiedResult}. */
    readonly notModified: false
    /** The object's etag, quotes included. */
    readonly etag: string
    readonly response: GetResponse
    /** The body as text, decoded as UTF-8. */
    asString(): Promise<string>
    /** The body as bytes of the caller's own. */
    asByteArray(): Promise<Uint8Array>
    /** The body as a web `ReadableStream` of `Uint8Array`s. */
    asWebStream(): Promise<WebReadableStream>
    /**
     * The body as a `stream.Readable` of `Buffer`s. Destroying it gives the body up, as {@link cancel} does.
     *
     * Every stream of a body reads no further than its reader, but for what its buffer takes (`readableHighWaterMark`, of a web
     * stream nothing) and one piece, of less than 1 MiB: then the server has to wait, so that this bounds the memory that a
     * transfer takes, whatever its length. A transfer that breaks off is taken up again where it did, of the same object:
     * {@link StaleDataError} if that has changed meanwhile. Through a client, both are as the client has them.
     *
     * @example
     * ```js
     * await pipeline(await got.asNodeStream(), createWriteStream('copy'))
     * ```
     */
    asNodeStream(): Promise<NodeReadable>
    /**
     * The body piece by piece, as `Buffer`s, never empty. Whoever leaves the loop before the end gives the body up, as {@link cancel}
     * does.
     *
     * @example
     * ```js
     * for await (const chunk of await store.getObject('log')) hash.update(chunk)
     * ```
     */
    [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array>
    /**
     * The body as JSON.
     *
     * @throws SyntaxError, naming the key and, in the first 1,048,576 characters, the place, when it isn't.
     */
    asJson<T = any>(): Promise<T>
    /**
     * Gives the body up and frees what it holds. Reading it then rejects, with the code `ABORT_ERR`. Never rejects itself:
     * through a client, a body that can't be given up is left as it is.
     */
    cancel(): Promise<void>
  }

  /**
   * What a store has done since it was made. While the calls go through the client, which makes its requests out of sight, only
   * {@link calls} and {@link inFlight} are there.
   */
  export interface StoreStats {
    /** Calls that were made. A page of a listing is one; so is an update, and each of the calls that it is made of. */
    readonly calls: number
    /** Those of them that have not ended. The reading of a body is no call. */
    readonly inFlight: number
    /**
     * Attempts of requests that have ended, however they did. The store's own are among them: looks at what became of a write, the
     * verification of the server, what is left of a body when its connection broke.
     */
    readonly attempts?: number
    /** Those of them that repeated the one before. */
    readonly retries?: number
    /** Bytes of the bodies of requests that were answered, without headers. */
    readonly bytesSent?: number
    /** Bytes of objects that arrived, read by anybody or not. */
    readonly bytesReceived?: number
    /** The connections. How many are open and idle is not known. */
    readonly connections?: {
      /** {@link S3StoreOptions.maxConnections}. */
      readonly max: number
      /** How many a request or the reading of a body has now. */
      readonly inUse: number
      /** How many attempts wait for one. */
      readonly waiting: number
    }
  }

  /**
   * What subscribers of the channels of `diagnostics_channel.tracingChannel('s3-store-native:<operation>')` get, such as
   * `s3-store-native:getObject`: one object for each call, from its `start` to its `asyncEnd`, so that they can keep things by it.
   * There is a channel for each {@link Operation}; an `update` contains the calls that it is made of. Bad input is no call. The last
   * fields are there from `asyncStart` on (with `error`, from `error` on). Nothing of it is a secret.
   *
   * @example
   * ```js
   * diagnostics_channel.tracingChannel('s3-store-native:getObject').subscribe({
   *   asyncEnd: ({ key, attempts, error }) => console.log(key, attempts, error?.name),
   * })
   * ```
   */
  export interface CallContext {
    readonly operation: Operation
    readonly bucket: string
    readonly key?: string
    /** Of a listing. */
    readonly prefix?: string
    readonly engine: Engine
    /** How many attempts the call's last request took, where it sent one and a client of the caller's counts them. */
    readonly attempts?: number
    /** As {@link WriteOutcome.recovered}. */
    readonly recovered?: true
    /** Bytes of the object, or the part of it, that was written, or that a get is answered with. */
    readonly bytes?: number
    /** What the call rejected with. */
    readonly error?: unknown
  }

  /**
   * What subscribers of the channel `s3-store-native:attempt` get when an attempt has ended, in the async context of its call. With
   * `NODE_DEBUG=s3-store` in the environment, each is also a line on stderr. The requests by which a server is verified are not
   * among them. Through a client, what is told is each `send`, in which there may be several attempts.
   */
  export interface AttemptMessage {
    readonly operation: Operation
    readonly bucket: string
    readonly key?: string
    /** Of a listing. */
    readonly prefix?: string
    readonly engine: Engine
    /** S3's name of the request, such as `PutObject`: a write can be followed by a `HeadObject`. */
    readonly request: string
    /** Which attempt of the request it was, from 1; through a client, how many there were. */
    readonly attempt: number
    /** The HTTP status, if there was an answer. */
    readonly status?: number
    /** The code of the error that the attempt ended with: S3's, or one such as `ECONNRESET`. */
    readonly code?: string
    /** In milliseconds; the wait for a connection is no part of it. */
    readonly duration: number
  }

  /** A request that is signed, for somebody else to make. */
  export interface PresignedRequest {
    readonly url: string
    readonly method: PresignMethod
    /** What must be sent with it, as it is; names in lower case. */
    readonly headers: Record<string, string>
    /** When it ends to work. */
    readonly expiresAt: Date
    /**
     * Of a `PUT`: the id of the write, for {@link S3Store.resolveWrite}. Not with `recovery: false`, of the call or else of the
     * store: a call with `recovery: true` is sure to have it.
     */
    readonly writeId?: string
  }

  /** What a head resolves to. */
  export interface HeadResult {
    /** Tells it from a {@link NotModifiedResult}. */
    readonly notModified: false
    /** The object's etag, quotes included. */
    readonly etag: string
    /** As a get's, without a `Body`. `ContentLength` is the object's size. */
    readonly response: Omit<GetResponse, 'Body'>
  }

  /** What a get or a head resolves to that asked for nothing but what has changed, where nothing has (304). */
  export interface NotModifiedResult {
    readonly notModified: true
    /** The object's etag. Only a server or a client that says none leaves it out. */
    readonly etag: string | undefined
    /** What goes with a 304: hardly more than the etag, and perhaps `LastModified`. */
    readonly response: Omit<GetResponse, 'Body'>
  }

  /** An answer of S3's, named and shaped as by the JavaScript SDK. Through a client, it is the client's own object. */
  export interface ResponseMetadata {
    /** The HTTP status. */
    httpStatusCode?: number | undefined
    /** S3's `x-amz-request-id`, which AWS Support asks for. */
    requestId?: string | undefined
    /** S3's `x-amz-id-2`. */
    extendedRequestId?: string | undefined
    /** How many attempts were made. */
    attempts?: number | undefined
    /**
     * The server's clock when it answered (`Date`), to the second: the same for everybody, unlike the clocks of those who ask.
     * Not through a client, which keeps it to itself.
     */
    date?: Date | undefined
  }

  /** What answers to writes and gets have in common. */
  export interface ObjectResponse {
    $metadata: ResponseMetadata
    ETag?: string | undefined
    VersionId?: string | undefined
    /** When a lifecycle rule will delete the object, and which. */
    Expiration?: string | undefined
    RequestCharged?: string | undefined
    ChecksumType?: string | undefined
    ChecksumCRC32?: string | undefined
    ChecksumCRC32C?: string | undefined
    ChecksumCRC64NVME?: string | undefined
    ChecksumSHA1?: string | undefined
    ChecksumSHA256?: string | undefined
    ServerSideEncryption?: string | undefined
    SSECustomerAlgorithm?: string | undefined
    SSECustomerKeyMD5?: string | undefined
    SSEKMSKeyId?: string | undefined
    BucketKeyEnabled?: boolean | undefined
  }

  /** The answer to a write. */
  export interface WriteResponse extends ObjectResponse, WriteOutcome {
    SSEKMSEncryptionContext?: string | undefined
    Size?: number | undefined
    /** Of a copy: the version that was copied. */
    CopySourceVersionId?: string | undefined
  }

  /** What the store knows of a write beyond S3's answer. */
  export interface WriteOutcome {
    /** The write's id, for {@link S3Store.resolveWrite}. Deletes have none. */
    writeId?: string | undefined
    /** `true` when the answer was lost, and a look at the key showed the success. The response is that look's then. */
    recovered?: true | undefined
    /** `false` when the write was found among the versions of its key, of which another is the current one by now. */
    current?: false | undefined
  }

  /** The answer to a delete. */
  export interface DeleteResponse extends WriteOutcome {
    $metadata: ResponseMetadata
    DeleteMarker?: boolean | undefined
    VersionId?: string | undefined
    RequestCharged?: string | undefined
  }

  /** The answer to a get. */
  export interface GetResponse extends ObjectResponse {
    Body?: ObjectBody | undefined
    ContentType?: string | undefined
    /** In bytes. */
    ContentLength?: number | undefined
    LastModified?: Date | undefined
    /** The object's own metadata, with names in lower case; without the write id. */
    Metadata?: Record<string, string> | undefined
    /** The id of the write that the object is from, if it was one of this package's. Not through a client. */
    writeId?: string | undefined
    AcceptRanges?: string | undefined
    CacheControl?: string | undefined
    ContentDisposition?: string | undefined
    ContentEncoding?: string | undefined
    ContentLanguage?: string | undefined
    ContentRange?: string | undefined
    DeleteMarker?: boolean | undefined
    Expires?: Date | undefined
    ExpiresString?: string | undefined
    MissingMeta?: number | undefined
    ObjectLockLegalHoldStatus?: string | undefined
    ObjectLockMode?: string | undefined
    ObjectLockRetainUntilDate?: Date | undefined
    PartsCount?: number | undefined
    ReplicationStatus?: string | undefined
    Restore?: string | undefined
    ArchiveStatus?: string | undefined
    StorageClass?: string | undefined
    TagCount?: number | undefined
    WebsiteRedirectLocation?: string | undefined
  }

  /**
   * The body of a get: a `stream.Readable` with the three methods that the JavaScript SDK adds. Nothing is read before
   * somebody reads it.
   */
  export interface ObjectBody extends NodeReadable {
    /** The whole body as text. `encoding` is one of `Buffer`'s or of `TextDecoder`'s. Default: UTF-8. */
    transformToString(encoding?: string): Promise<string>
    /** The whole body as bytes. */
    transformToByteArray(): Promise<Uint8Array>
    /** The body as a web `ReadableStream` of `Uint8Array`s. */
    transformToWebStream(): WebReadableStream
  }

  /** What is in the bucket: page by page, or one by one. */
  export interface Listing extends AsyncIterable<ListedPage> {
    /** The objects of all pages, one after the other. */
    objects(): AsyncIterableIterator<ListedObject>
    /** Their keys. */
    keys(): AsyncIterableIterator<string>
  }

  /** A page of a listing. */
  export interface ListedPage extends Array<ListedObject> {
    /** With a `delimiter`: what keys that are not listed themselves have in common, in order. Not enumerable. */
    readonly commonPrefixes: readonly string[]
  }

  /** An object of a listing. */
  export interface ListedObject {
    Key: string
    ETag: string
    /** In bytes. */
    Size: number
    LastModified: Date
    StorageClass?: string | undefined
  }

  /** The versions in the bucket: page by page, or one by one. */
  export interface VersionListing extends AsyncIterable<VersionsPage> {
    /** The versions and delete markers of all pages, one after the other. */
    versions(): AsyncIterableIterator<ListedVersion>
  }

  /** A page of a listing of versions. */
  export interface VersionsPage extends Array<ListedVersion> {
    /** As in {@link ListedPage.commonPrefixes}. */
    readonly commonPrefixes: readonly string[]
  }

  /** A version of an object, or a delete marker, which has neither bytes nor an etag. `IsDeleteMarker` tells them apart. */
  export type ListedVersion = ListedObjectVersion | ListedDeleteMarker

  /** A version of an object. */
  export interface ListedObjectVersion extends ListedObject {
    /** For {@link GetIfMatchOptions.versionId} and its like. */
    VersionId: string
    /** Whether it is the current one. */
    IsLatest: boolean
    IsDeleteMarker: false
  }

  /** What a delete without a version has left: while it is the latest, there is no object. */
  export interface ListedDeleteMarker {
    Key: string
    VersionId: string
    /** Whether it is the current one. */
    IsLatest: boolean
    IsDeleteMarker: true
    LastModified: Date
    ETag?: undefined
    Size?: undefined
    StorageClass?: undefined
  }

  // ----------------------------------------------------------------------------------------------------------- errors

  /** A method of the store. */
  export type Operation =
    | 'createObject'
    | 'putObjectIfMatch'
    | 'getObject'
    | 'getObjectIfMatch'
    | 'headObject'
    | 'exists'
    | 'createObjectFromFile'
    | 'putObjectFromFileIfMatch'
    | 'getObjectToFile'
    | 'deleteObject'
    | 'deleteObjectIfMatch'
    | 'copyObject'
    | 'restoreVersion'
    | 'deleteObjects'
    | 'resolveWrite'
    | 'update'
    | 'presign'
    | 'probe'
    | 'list'
    | 'listVersions'
    | 'getTags'
    | 'putTags'

  /** What the store's own errors have in common. */
  class ConditionError extends Error {
    constructor(message?: string, originalError?: unknown)
    /**
     * What the error comes from, the same object as `cause`: S3's answer as an error with S3's `name`, `Code` and `message`,
     * `$fault` and `$metadata`; through a client, what the client threw. Of an {@link AmbiguousWriteError} it can also be what
     * came in place of an answer, with a `code` such as `ECONNRESET`, or the reason of a signal. `undefined` of an
     * {@link UnsupportedBucketOperationError} that says what the store found out by itself: no answer to the call stands behind it.
     */
    get originalError(): any
    /** The store's bucket. */
    readonly bucket?: string
    /** The key that was asked for. */
    readonly key?: string
    /** The method that was called; in an update, the one that failed in it. */
    readonly operation?: Operation
    /** The etag of the object that is there now, where the key was looked at. */
    readonly currentEtag?: string
    /** The id of the write that failed, if it had one. */
    readonly writeId?: string
    /** The upload in parts that could not be given up: its parts are still there (`AbortMultipartUpload` takes them away). */
    readonly uploadId?: string
  }

  /** The key exists already (412 for `If-None-Match: *`). Nothing was written. */
  export class KeyExistsError extends ConditionError {
    readonly name: 'KeyExistsError'
    readonly code: 'KEY_EXISTS'
  }

  /** The object isn't the one that was expected (412 for `If-Match`): read it again. Nothing was changed. */
  export class StaleDataError extends ConditionError {
    readonly name: 'StaleDataError'
    readonly code: 'STALE_DATA'
  }

  /** Another write to the key was under way (409), in every attempt. Nothing was changed: try again. */
  export class ConcurrentWriteConflictError extends ConditionError {
    readonly name: 'ConcurrentWriteConflictError'
    readonly code: 'WRITE_CONFLICT'
  }

  /**
   * The bucket doesn't support the condition (501), or its server was found to ignore it (see
   * {@link S3StoreOptions.conditions}); the message says which. Nothing was changed.
   */
  export class UnsupportedBucketOperationError extends ConditionError {
    readonly name: 'UnsupportedBucketOperationError'
    readonly code: 'UNSUPPORTED_OPERATION'
  }

  /**
   * Whether the write landed is not known: an answer was lost, and what is there now doesn't tell. It may also land yet.
   * {@link S3Store.resolveWrite} looks again; to settle it, repeat the call with a body that no other write has.
   */
  export class AmbiguousWriteError extends ConditionError {
    readonly name: 'AmbiguousWriteError'
    readonly code: 'AMBIGUOUS_WRITE'
    readonly key: string
    /** How many attempts were made. */
    readonly attempts?: number
    /** Of a delete: the key is absent now, perhaps not by this call. */
    readonly gone?: true
    /**
     * Of an update that went on ({@link UpdateSettings.idempotent}): what ended it then, such as what its function threw or
     * the signal's reason.
     */
    readonly endedBy?: unknown
  }

  /**
   * What arrived is not what was sent. Of a read: the bytes don't have the checksum that the object has, on the way or in S3 itself;
   * they were not given out as good. Of a write: S3 says so (`BadDigest`), and nothing was written.
   */
  export class ChecksumMismatchError extends ConditionError {
    readonly name: 'ChecksumMismatchError'
    readonly code: 'CHECKSUM_MISMATCH'
  }

  /** The store's own errors. `switch (error.name)` tells them apart. */
  export type S3StoreError =
    | KeyExistsError
    | StaleDataError
    | ConcurrentWriteConflictError
    | UnsupportedBucketOperationError
    | AmbiguousWriteError
    | ChecksumMismatchError

  // ---------------------------------------------------------------------- types of the platform, where they are known

  /** `Blob`, where it is declared (by lib.dom or `@types/node`). */
  export type WebBlob = typeof globalThis extends { Blob: { prototype: infer Instance } } ? Instance : never

  /** `URL`, where it is declared. */
  export type WebUrl = typeof globalThis extends { URL: { prototype: infer Instance } } ? Instance : never

  /** An `AbortSignal`, told by what it can do: of this realm or another. */
  export interface AbortSignalLike {
    readonly aborted: boolean
    readonly reason?: any
    addEventListener(type: 'abort', listener: () => void): void
    removeEventListener(type: 'abort', listener: () => void): void
  }

  /** `ReadableStream`, where it is declared; else the part of it that reads. */
  export type WebReadableStream = typeof globalThis extends { ReadableStream: { prototype: infer Instance } }
    ? Instance
    : {
        getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(reason?: unknown): Promise<void> }
        cancel(reason?: unknown): Promise<void>
      }

  /** `Symbol.asyncDispose`, where it is declared: it does what {@link GetResult.cancel} does, or {@link S3Store.close}. */
  export type AsyncDisposableWhereKnown = typeof Symbol extends { readonly asyncDispose: infer Key extends symbol }
    ? { [Name in Key]: () => Promise<void> }
    : {}

  /** A `stream.Readable` of Node's, told by what it can do: `@types/node` need not be there. */
  export interface NodeReadable extends NodeEmitter {
    readable: boolean
    readonly destroyed: boolean
    read(size?: number): any
    setEncoding(encoding: any): this
    pause(): this
    resume(): this
    isPaused(): boolean
    pipe<Destination>(destination: Destination, options?: { end?: boolean }): Destination
    unpipe(destination?: any): this
    unshift(chunk: any, encoding?: any): void
    wrap(stream: any): this
    destroy(error?: Error): this
    [Symbol.asyncIterator](): AsyncIterableIterator<any>
  }

  /** An `EventEmitter` of Node's. */
  export interface NodeEmitter {
    on(event: string | symbol, listener: (...args: any[]) => void): this
    once(event: string | symbol, listener: (...args: any[]) => void): this
    off(event: string | symbol, listener: (...args: any[]) => void): this
    addListener(event: string | symbol, listener: (...args: any[]) => void): this
    removeListener(event: string | symbol, listener: (...args: any[]) => void): this
    removeAllListeners(event?: string | symbol): this
    prependListener(event: string | symbol, listener: (...args: any[]) => void): this
    prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this
    setMaxListeners(count: number): this
    getMaxListeners(): number
    listeners(event: string | symbol): Function[]
    rawListeners(event: string | symbol): Function[]
    listenerCount(event: string | symbol, listener?: Function): number
    emit(event: string | symbol, ...args: any[]): boolean
    eventNames(): (string | symbol)[]
  }
}

export = createS3Store
