/** What passes between a page and its session's worker: values as structured clones. */
import { ClientError } from '../../errors.js';
import { PageResponse } from '../response.js';

/**
 * A request's options as they can be cloned.
 * @param {import('../../session.js').RequestInit} init
 * @returns {{ init: object, transfer: Transferable[] }}
 */
export function packInit({ headers, params, form, multipart, body, signal, ...rest }) {
  const init = {
    ...rest,
    ...(headers && { headers: headers instanceof Headers ? [...headers] : headers }),
    ...(params && { params: textOf(params) }),
    ...(form && { form: textOf(form) }),
    ...(multipart && { multipart: partsOf(multipart) }),
    ...packBody(body),
  };
  return { init, transfer: init.body instanceof ReadableStream ? [init.body] : [] };
}

function packBody(body) {
  if ((body ?? null) === null) return {};
  if (body instanceof FormData) return { multipart: partsOf(body) };
  if (body instanceof URLSearchParams) return { form: String(body) };
  return { body };
}

const textOf = (params) => (params instanceof URLSearchParams ? String(params) : params);

function partsOf(form) {
  if (!(form instanceof FormData)) return [...form];
  return [...form].map(([name, value]) => ({ name, value, ...(value instanceof File && { filename: value.name }) }));
}

/**
 * A response whose body has come, or comes as a stream.
 * @param {PageResponse} response
 * @param {string} requestedURL
 * @param {boolean} isStream
 * @param {(error?: unknown) => void} [onEnd] of a stream, once it has been read, left, or has failed
 */
export async function packResponse(response, requestedURL, isStream, onEnd) {
  const { status, statusText, url, headers } = response;
  const body = isStream && response.body ? watched(response.body, onEnd) : await response.arrayBuffer();
  const packed = { status, statusText, url, requestedURL, headers: [...headers], body };
  return { packed, transfer: [body] };
}

/** A stream's error loses all but its message on its way. */
function watched(stream, onEnd) {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          controller.close();
          onEnd();
        } catch (error) {
          onEnd(error);
          throw error;
        }
      },
      cancel(reason) {
        onEnd();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** @returns {{ response: PageResponse, fail: (error: Error) => void }} fail: why its stream fails */
export function unpackResponse({ status, statusText, url, requestedURL, headers, body }) {
  const sink = { failure: null };
  const response = new PageResponse({
    responseStatus: status,
    statusText,
    responseURL: url,
    requestedURL,
    responseHeaders: new Headers(headers),
    response: body,
    sink,
  });
  const fail = (error) => {
    sink.failure = error;
  };
  return { response, fail };
}

/** An error with the response that it came of, as FL_ESTATUS; not with a stream. */
export async function packFailure(error, requestedURL, isStream) {
  const { response } = error;
  if (!(response instanceof PageResponse) || isStream) return { packed: packError(error), transfer: [] };
  const { packed, transfer } = await packResponse(response, requestedURL, false);
  return { packed: { ...packError(error), response: packed }, transfer };
}

export function packError(error) {
  const { name = 'Error', message = String(error), code, reason, exitCode, url, status } = error ?? {};
  return typeof code === 'string' ? { name, code, reason, exitCode, url, status } : { name, message };
}

export function unpackError({ name, message, code, reason, exitCode, url, status, response }) {
  if (code) {
    const error = new ClientError({ code, message: reason, exitCode }, url);
    if (status !== undefined) error.status = status;
    if (response) error.response = unpackResponse(response).response;
    return error;
  }
  const Kind = { Error, TypeError, RangeError }[name];
  return Kind ? new Kind(message) : new DOMException(message, name);
}
