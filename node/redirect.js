import { interceptors } from 'undici';

const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

export function isRedirect(status, headers) {
  return REDIRECTS.has(status) && headers.location !== undefined;
}

/**
 * Follow a redirect. undici's redirect interceptor decides all (what becomes of the method, which headers are dropped on
 * the way to another origin, what is a loop); it is set to work only once a redirect has come, because it costs every
 * request something and few are redirected. So its first dispatch is a replay of the response that came.
 *
 * @param {Pick<import('undici').Dispatcher, 'dispatch'>} dispatcher
 * @param {object} options what the redirected request was dispatched with
 * @param {{ controller: object, status: number, headers: object, statusText: string }} response
 * @param {number} limit how many redirects to follow; the one after comes to `handler` as it is
 * @param {object} handler undici's DispatchHandler, for the rest of the way
 */
export function followRedirect(dispatcher, options, response, limit, handler) {
  const { controller, status, headers, statusText } = response;
  let replayed = false;
  const dispatch = (nextOptions, redirectHandler) => {
    if (replayed) return dispatcher.dispatch(nextOptions, redirectHandler);
    replayed = true;
    try {
      redirectHandler.onRequestStart(controller, {});
      redirectHandler.onResponseStart(controller, status, headers, statusText);
      redirectHandler.onResponseEnd(controller, {});
    } catch (error) {
      redirectHandler.onResponseError(controller, error);
    }
    return true;
  };
  interceptors.redirect({ maxRedirections: limit })(dispatch)(options, handler);
}
