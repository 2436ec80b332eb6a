/** fetchloop/wasm, as bundlers give it: the file's URL. */
declare const url: string;
export default url;
