// Headers with a meaning of their own here, in the lower case that HTTP/2 wants.
export const AUTHORIZATION = "authorization";
export const REQUEST_ID = "x-request-id";
