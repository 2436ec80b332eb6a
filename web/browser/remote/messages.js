/** What passes between a page and its session's worker: values as structured clones. */

import { formParts, isFormData } from '../../request/multipart.js';
import { isSearchParams } from '../../request/search-params.js';
import { ClientError } from '../../response/errors.js';
import { PageResponse } from '../response.js';
import { StreamedBody } from '../streamed-body.js';

/**
 * A request's options, or a session's, as they can be cloned.
 * @param {any} init
 * @returns {{ init: object, transfer: Transferable[] }}
 */
export function packInit({ headers, params, form, json, multipart, body, signal, ...rest }) {
  const init = {
    ...rest,
    ...(json !== undefined && { json: asJson(json) }),
    ...(headers && { headers: listed(headers) }),
    ...(params && { params: listed(params) }),
    ...(form && { form: listed(form) }),
    ...(multipart && { multipart: partsOf(multipart) }),
    ...packBody(body),
  };
  return { init, transfer: init.body instanceof ReadableStream ? [init.body] : [] };
}

/** What of it is sent; a clone would lose its toJSON(). */
function asJson(value) {
  const text = JSON.stringify(value);
  return text === undefined ? value : JSON.parse(text); // that can't be sent, which the other side says
}

function packBody(body) {
  if ((body ?? null) === null) return {};
  if (isFormData(body)) return { multipart: partsOf(body) };
  if (isSearchParams(body)) return { form: listed(body) };
  if (body.locked) body.getReader(); // which throws a TypeError that says so
  return { body };
}

/** Pairs, of whichever class; what is wrong with them, the other side says. */
const listed = (given) => (typeof given === 'object' && given[Symbol.iterator] ? [...given] : given);

/** With a form's line ends, which another's parts don't have. */
function partsOf(form) {
  if (!isFormData(form)) return listed(form);
  return [...formParts(form)].map((part) =>
    typeof part.value === 'string' ? part : { ...part, filename: part.value.name },
  );
}

/**
 * A response whose body has come, or comes as a stream.
 * @param {PageResponse} response
 * @param {boolean} isStream
 * @returns {Promise<{ packed: object, transfer: Transferable[], ended?: Promise<void> }>} `ended`: of a stream; it has been
 *   read or left, or has failed, and why: that loses all but its message on its own way
 */
export async function packResponse(response, isStream) {
  const { status, statusText, url, redirected, headers } = response;
  const { body, ended } = await passOn(response, isStream);
  const packed = { status, statusText, url, redirected, headers: [...headers], body };
  return { packed, transfer: body ? [body] : [], ended };
}

/** Its body, as it can be transferred. */
async function passOn(response, isStream) {
  if (!response.body) return { body: null };
  if (!isStream) return { body: await response.arrayBuffer() };
  const reader = response.body.getReader();
  let end = (_nothing) => {};
  // Not reader.closed: when that resolves, the last of it is still on its way.
  const ended = new Promise((resolve, reject) => {
    end = resolve;
    reader.closed.catch(reject);
  });
  const body = new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
        end();
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, ended };
}

/** @param {ReadableStream} stream as it was passed on */
function receive(stream) {
  const body = new StreamedBody({ bytesMax: Number.POSITIVE_INFINITY });
  body.begin(stream, () => {});
  return body;
}

/** @returns {{ response: PageResponse, fail: (error: Error) => void }} fail: ends its stream */
export function unpackResponse({ status, statusText, url, redirected, headers, body }) {
  const sink = body instanceof ReadableStream ? receive(body) : null;
  const response = new PageResponse({
    responseStatus: status,
    statusText,
    responseURL: url,
    redirected,
    responseHeaders: new Headers(headers),
    response: sink ? undefined : body,
    sink,
  });
  return { response, fail: (error) => sink?.fail(error) };
}

/** An error with the response that it came of, as FL_ESTATUS; not with a stream. */
export async function packFailure(error, isStream) {
  const { response } = error;
  if (!(response instanceof PageResponse) || isStream) return { packed: packError(error), transfer: [] };
  const { packed, transfer } = await packResponse(response, false);
  return { packed: { ...packError(error), response: packed }, transfer };
}

export function packError(error) {
  const { name = 'Error', message = String(error), code, reason, exitCode, url, cause, status, response } = error ?? {};
  if (typeof code !== 'string') return { name, message };
  const why = response && `${status} ${response.statusText}`.trim();
  return { code, reason, exitCode, url, cause, why, status };
}

export function unpackError({ name, message, code, reason, exitCode, url, cause, why, status, response }) {
  if (code) {
    const error = new ClientError({ code, message: reason, exitCode }, url, cause, why);
    if (status !== undefined) error.status = status;
    if (response) error.response = unpackResponse(response).response;
    return error;
  }
  const Kind = { Error, TypeError, RangeError }[name];
  return Kind ? new Kind(message) : new DOMException(message, name);
}
