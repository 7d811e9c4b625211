// The routes of other systems that the server speaks as well, so that their clients work unmodified.

/// Faces of other systems.
package enum Faces {
    /// Their routes.
    package static func all(_ services: RouteServices) -> [Route] {
        IntakeFace(services).routes + PlutoFace.routes(services)
    }
}
