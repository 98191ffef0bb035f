//! Points and rectangles, in pixels.

/// A point of the image.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

impl Point {
    /// The distance to another point.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point halfway to another.
    #[must_use]
    pub fn middle(self, other: Self) -> Self {
        Self { x: f32::midpoint(self.x, other.x), y: f32::midpoint(self.y, other.y) }
    }

    /// The direction towards another point, in radians clockwise from the right.
    #[must_use]
    pub fn angle_to(self, other: Self) -> f32 {
        (other.y - self.y).atan2(other.x - self.x)
    }
}

/// A point of the face mesh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point3 {
    /// Where it is in the image.
    pub(super) image: Point,
    /// How far behind the face's centre it lies, on the scale of the image's pixels.
    pub(super) depth: f32,
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    /// The left edge.
    pub left: f32,
    /// The upper edge.
    pub top: f32,
    /// The right edge.
    pub right: f32,
    /// The lower edge.
    pub bottom: f32,
}

impl Rectangle {
    /// The width.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// The height.
    #[must_use]
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The area.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// The centre.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point { x: f32::midpoint(self.left, self.right), y: f32::midpoint(self.top, self.bottom) }
    }

    /// The smallest rectangle around some points.
    pub(super) fn around(points: impl IntoIterator<Item = Point>) -> Self {
        let nothing = Self { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };
        points.into_iter().fold(nothing, |frame, point| Self {
            left: frame.left.min(point.x),
            top: frame.top.min(point.y),
            right: frame.right.max(point.x),
            bottom: frame.bottom.max(point.y),
        })
    }

    /// The area shared with another rectangle over the area of both.
    pub(super) fn overlap(&self, other: &Self) -> f32 {
        let width = (self.right.min(other.right) - self.left.max(other.left)).max(0.0);
        let height = (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0);
        let shared = width * height;
        shared / (self.area() + other.area() - shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_shared_over_joint_area() {
        let a = Rectangle { left: 0.0, top: 0.0, right: 2.0, bottom: 2.0 };
        let b = Rectangle { left: 1.0, top: 0.0, right: 3.0, bottom: 2.0 };
        let far = Rectangle { left: 5.0, top: 5.0, right: 6.0, bottom: 6.0 };
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert!((a.overlap(&a) - 1.0).abs() < 1e-6);
        assert!(a.overlap(&far).abs() < 1e-6);
    }
}
