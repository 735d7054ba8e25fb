// Generated from the OpenAPI document of the command-service by generate-types.mjs. Do not edit.

export interface paths {
    "/api/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List products
         * @description By their ids. One page looks at 10000 products at most: where the filters pass over many, it has fewer than `limit`, or none, and `Link` leads on.
         */
        get: operations["listProducts"];
        /** Create a product */
        post: operations["createProduct"];
    };
    "/api/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a product */
        get: operations["getProduct"];
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List orders
         * @description The last placed first, as they are now. One page looks at 10000 orders at most: where the filters pass over many, it has fewer than `limit`, or none, and `Link` leads on.
         */
        get: operations["listOrders"];
        /**
         * Place an order
         * @description The order keeps the price that it states. `placedAt` is for imported orders, at most 5 minutes ahead; without it, the order is placed now, by the database's clock.
         */
        post: operations["placeOrder"];
    };
    "/api/orders/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Move an order's status
         * @description CREATED → SHIPPED → DELIVERED, CREATED → CANCELLED. The status that it already has changes nothing, and is no error.
         */
        put: operations["changeOrderStatus"];
    };
    "/api/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an order */
        get: operations["getOrder"];
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["getLiveness"];
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the service does its job */
        get: operations["getReadiness"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Product: {
            id: number;
            name: string;
            category: string;
            price: number;
        };
        /** @description RFC 9457. Some have further members, such as `errors`. */
        Problem: {
            /** @constant */
            type: "about:blank";
            /** @description The status in HTTP's words. */
            title: string;
            status: number;
            /** @description What was wrong, with the value, and what to do. */
            detail: string;
            /** @description For programs: what was wrong, or the status in words. It does not change. */
            code: string;
            /** @description Each field of the body that is wrong, 20 at most. */
            errors?: {
                /** @description A JSON pointer into the body. */
                path: string;
                message: string;
            }[];
        };
        Order: {
            id: number;
            customerId: number;
            /** @enum {string} */
            status: "CREATED" | "SHIPPED" | "DELIVERED" | "CANCELLED";
            items: {
                productId: number;
                quantity: number;
                price: number;
            }[];
            /** Format: date-time */
            placedAt: string;
        };
    };
    responses: {
        /** @description It is as `If-None-Match` says, and not sent again. */
        304: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Consistency-Token": components["headers"]["ConsistencyToken"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The body or the `Idempotency-Key` is malformed. */
        InvalidBodyNotJsonInvalidKey400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "invalid-body" | "not-json" | "invalid-key";
                };
            };
        };
        /** @description No token, or one that is not valid. */
        Unauthorized401: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "unauthorized";
                };
            };
        };
        /** @description The token has no scope `commands:write`. */
        Forbidden403: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "forbidden";
                };
            };
        };
        /** @description A request with this `Idempotency-Key` is under way. */
        KeyInUse409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "key-in-use";
                };
            };
        };
        /** @description The body, or the event that it would become, is too large. */
        PayloadTooLarge413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "payload-too-large";
                };
            };
        };
        /** @description The body is not `application/json` in UTF-8. */
        UnsupportedMediaType415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "unsupported-media-type";
                };
            };
        };
        /** @description The database is not available. Nothing was changed, unless `outcome` is `unknown`: repeat it with the same `Idempotency-Key`, or look. */
        DatabaseNotAvailableCommitUnknownBusyKeysNotAvailable503: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "database-not-available" | "commit-unknown" | "busy" | "keys-not-available";
                };
            };
        };
        /** @description What any request may be refused with. */
        AnyRefusal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "bad-request" | "method-not-allowed" | "request-timeout" | "uri-too-long" | "expectation-failed" | "misdirected-request" | "request-header-fields-too-large" | "internal-server-error" | "not-implemented" | "http-version-not-supported" | "cross-site" | "busy";
                };
            };
        };
        /** @description A parameter is malformed. */
        InvalidParameter400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "invalid-parameter";
                };
            };
        };
        /** @description The database is not available. */
        DatabaseNotAvailableBusyKeysNotAvailable503: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "database-not-available" | "busy" | "keys-not-available";
                };
            };
        };
        /** @description `If-Match` is malformed. */
        InvalidCondition400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "invalid-condition";
                };
            };
        };
        /** @description It has another version than `If-Match` asks for. */
        OtherVersion412: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "other-version";
                };
            };
        };
        /** @description There is no such order. */
        NotFound404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "not-found";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The entity's version, for `If-Match` and `If-None-Match`. */
        ETag: string;
        /** @description Send it with a query, and `Prefer: wait=2`: the query service answers as soon as its views have this version, or a newer one. */
        ConsistencyToken: string;
        /** @description What is wrong with the token, in the codes of RFC 6750. */
        WWWAuthenticate: string;
        /** @description Seconds after which another attempt may succeed. */
        RetryAfter: string;
    };
    pathItems: never;
}
export type Product = components['schemas']['Product'];
export type Problem = components['schemas']['Problem'];
export type Order = components['schemas']['Order'];
export type $defs = Record<string, never>;
export interface operations {
    listProducts: {
        parameters: {
            query?: {
                /** @description Only in this category. */
                category?: string;
                /** @description Only with this in their name, in upper or lower case. */
                name?: string;
                /** @description Products on a page, at most. */
                limit?: number;
                /** @description Where the page before ended, as its `Link` has it. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The products. */
            200: {
                headers: {
                    /** @description RFC 8288, `rel="next"`: the page that follows, if there is one. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"][];
                };
            };
            400: components["responses"]["InvalidParameter400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["DatabaseNotAvailableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new one for each request, such as a UUID, the same for each repetition: whatever was lost on the way, there is one entity, and every repetition gets the first answer. */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C trace context: the event carries it on. What is none is replaced by a new one.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Laptop",
                 *       "category": "Electronics",
                 *       "price": 500
                 *     }
                 */
                "application/json": {
                    name: string;
                    category: string;
                    price: number;
                };
            };
        };
        responses: {
            /** @description The product. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Consistency-Token": components["headers"]["ConsistencyToken"];
                    /** @description Where it is. */
                    Location: string;
                    /** @description This is the first answer to the `Idempotency-Key`, again. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
            400: components["responses"]["InvalidBodyNotJsonInvalidKey400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            409: components["responses"]["KeyInUse409"];
            413: components["responses"]["PayloadTooLarge413"];
            415: components["responses"]["UnsupportedMediaType415"];
            /** @description The `Idempotency-Key` stands for a request with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "key-of-another-request";
                    };
                };
            };
            503: components["responses"]["DatabaseNotAvailableCommitUnknownBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getProduct: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description `*`, or the ETags of which the entity must have one.
                 * @example "1"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`, or the ETags of what the client has: a 304 says that it is as it was.
                 * @example "2"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Consistency-Token": components["headers"]["ConsistencyToken"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["InvalidCondition400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            /** @description There is no such product. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "not-found";
                    };
                };
            };
            412: components["responses"]["OtherVersion412"];
            503: components["responses"]["DatabaseNotAvailableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /** @description Only of this customer. */
                customerId?: number;
                /** @description Only with a line of this product. */
                productId?: number;
                /** @description Only with a line of a product in this category. */
                category?: string;
                /** @description Only with this status. */
                status?: "CREATED" | "SHIPPED" | "DELIVERED" | "CANCELLED";
                /** @description Only placed at this instant, or later. */
                placedFrom?: string;
                /** @description Only placed before this instant. */
                placedTo?: string;
                /** @description Orders on a page, at most. */
                limit?: number;
                /** @description Where the page before ended, as its `Link` has it. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The orders. */
            200: {
                headers: {
                    /** @description RFC 8288, `rel="next"`: the page that follows, if there is one. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"][];
                };
            };
            400: components["responses"]["InvalidParameter400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["DatabaseNotAvailableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new one for each request, such as a UUID, the same for each repetition: whatever was lost on the way, there is one entity, and every repetition gets the first answer. */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C trace context: the event carries it on. What is none is replaced by a new one.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "customerId": 1,
                 *       "items": [
                 *         {
                 *           "productId": 1,
                 *           "quantity": 2,
                 *           "price": 500
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    customerId: number;
                    items: {
                        productId: number;
                        quantity: number;
                        price: number;
                    }[];
                    /** Format: date-time */
                    placedAt?: string;
                };
            };
        };
        responses: {
            /** @description The order. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Consistency-Token": components["headers"]["ConsistencyToken"];
                    /** @description Where it is. */
                    Location: string;
                    /** @description This is the first answer to the `Idempotency-Key`, again. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["InvalidBodyNotJsonInvalidKey400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            409: components["responses"]["KeyInUse409"];
            413: components["responses"]["PayloadTooLarge413"];
            415: components["responses"]["UnsupportedMediaType415"];
            /** @description It names products that do not exist (`unknownProducts`), it is placed in the future, or the `Idempotency-Key` stands for a request with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "unknown-product" | "placed-in-the-future" | "key-of-another-request";
                    };
                };
            };
            503: components["responses"]["DatabaseNotAvailableCommitUnknownBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    changeOrderStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description `*`, or the ETags of which the entity must have one.
                 * @example "1"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`, or the ETags of which the entity must have none, weak ones compared too.
                 * @example "2"
                 */
                "If-None-Match"?: string;
                /**
                 * @description W3C trace context: the event carries it on. What is none is replaced by a new one.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "SHIPPED"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    status: "CREATED" | "SHIPPED" | "DELIVERED" | "CANCELLED";
                };
            };
        };
        responses: {
            /** @description The order as it is now. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Consistency-Token": components["headers"]["ConsistencyToken"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The body, `If-Match` or `If-None-Match` is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "invalid-body" | "not-json" | "invalid-condition";
                    };
                };
            };
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            404: components["responses"]["NotFound404"];
            /** @description No way leads from its status to that one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "no-such-step";
                    };
                };
            };
            /** @description It has another version than `If-Match` asks for, or one that `If-None-Match` rules out. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "other-version";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge413"];
            415: components["responses"]["UnsupportedMediaType415"];
            503: components["responses"]["DatabaseNotAvailableCommitUnknownBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description `*`, or the ETags of which the entity must have one.
                 * @example "1"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`, or the ETags of what the client has: a 304 says that it is as it was.
                 * @example "2"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Consistency-Token": components["headers"]["ConsistencyToken"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["InvalidCondition400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            404: components["responses"]["NotFound404"];
            412: components["responses"]["OtherVersion412"];
            503: components["responses"]["DatabaseNotAvailableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "live";
                    };
                };
            };
            default: components["responses"]["AnyRefusal"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ready" | "not ready";
                        /** @description Why it is not ready, one sentence each. */
                        reasons: string[];
                    };
                };
            };
            /** @description It does not, and why. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ready" | "not ready";
                        /** @description Why it is not ready, one sentence each. */
                        reasons: string[];
                    };
                };
            };
            default: components["responses"]["AnyRefusal"];
        };
    };
}
