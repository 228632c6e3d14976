//! What reading and writing XML ask of the type table.

use fhir::xml::{Content as XmlContent, Shape, ShapeChild, ShapeId};

use crate::Definitions;
use crate::types::{Content, TypeId};

impl Shape for Definitions {
    fn resource(&self, name: &str) -> Option<ShapeId> {
        let known = self.resource_type(name)?;
        self.type_id(known.as_str()).map(shape_id)
    }

    fn child(&self, of: ShapeId, name: &str) -> Option<ShapeChild> {
        let child = self.base.types.child(TypeId(u16::try_from(of.0).ok()?), name)?;
        Some(ShapeChild {
            content: match child.content {
                Content::Primitive(primitive) => XmlContent::Primitive(primitive.json_kind()),
                Content::Complex(id) => XmlContent::Object(shape_id(id)),
                Content::Resource => XmlContent::Resource,
                Content::Xhtml => XmlContent::Xhtml,
            },
            is_many: child.is_many,
            is_attribute: child.definition.is_attribute,
            order: child.order,
        })
    }

    fn element(&self) -> ShapeId {
        // Without the type `Element` nothing can be known, and then nothing is.
        self.base.types.element.map_or(ShapeId(u32::MAX), shape_id)
    }
}

fn shape_id(id: TypeId) -> ShapeId {
    ShapeId(u32::from(id.0))
}
